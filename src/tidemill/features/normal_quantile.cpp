#include "tidemill/features/normal_quantile.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tidemill {
namespace {

using Limits = std::numeric_limits<double>;

constexpr double kExpOfMinusTwo = 0.13533528323661269189;
constexpr double kRootOfTwoPi = 2.50662827463100050242;

/// Factors of a polynomial, that of the highest power first.
template <std::size_t kCount>
using Factors = std::array<double, kCount>;

// Near the middle, in (p - 1/2)^2.
constexpr Factors<5> kMiddleAbove = {
    -5.99633501014107895267e1, 9.80010754185999661536e1,
    -5.66762857469070293439e1, 1.39312609387279679503e1,
    -1.23916583867381258016};
constexpr Factors<9> kMiddleBelow = {1.0,
                                     1.95448858338141759834,
                                     4.67627912898881538453,
                                     8.63602421390890590575e1,
                                     -2.25462687854119370527e2,
                                     2.00260212380060660359e2,
                                     -8.20372256168333339912e1,
                                     1.59056225126211695515e1,
                                     -1.18331621121330003142};

// In 1 / sqrt(-2 log p) where the root is below 8: down to exp(-32).
constexpr Factors<9> kTailAbove = {
    4.05544892305962419923,     3.15251094599893866154e1,
    5.71628192246421288162e1,   4.40805073893200834700e1,
    1.46849561928858024014e1,   2.18663306850790267539,
    -1.40256079171354495875e-1, -3.50424626827848203418e-2,
    -8.57456785154685413611e-4};
constexpr Factors<9> kTailBelow = {1.0,
                                   1.57799883256466749731e1,
                                   4.53907635128879210584e1,
                                   4.13172038254672030440e1,
                                   1.50425385692907503408e1,
                                   2.50464946208309415979,
                                   -1.42182922854787788574e-1,
                                   -3.80806407691578277194e-2,
                                   -9.33259480895457427372e-4};

// The same from 8 on.
constexpr Factors<9> kFarAbove = {
    3.23774891776946035970,    6.91522889068984211695,
    3.93881025292474443415,    1.33303460815807542389,
    2.01485389549179081538e-1, 1.23716634817820021358e-2,
    3.01581553508235416007e-4, 2.65806974686737550832e-6,
    6.23974539184983293730e-9};
constexpr Factors<9> kFarBelow = {1.0,
                                  6.02427039364742014255,
                                  3.67983563856160859403,
                                  1.37702099489081330271,
                                  2.16236993594496635890e-1,
                                  1.34204006088543189037e-2,
                                  3.28014464682127739104e-4,
                                  2.89247864745380683936e-6,
                                  6.79019408009981274425e-9};

template <std::size_t kCount>
double Polynomial(const Factors<kCount>& factors, double x) {
  double sum = factors.front();
  for (std::size_t i = 1; i < kCount; ++i) sum = sum * x + factors[i];
  return sum;
}

/// Requires p between exp(-2) and 1 - exp(-2).
double InTheMiddle(double p) {
  const double y = p - 0.5;
  const double square = y * y;
  const double rest = square * Polynomial(kMiddleAbove, square) /
                      Polynomial(kMiddleBelow, square);
  return (y + y * rest) * kRootOfTwoPi;
}

/// How far below 0 the quantile lies; requires p in (0, exp(-2)].
double InTheTail(double p) {
  const double root = std::sqrt(-2.0 * std::log(p));
  const double z = 1.0 / root;
  const double rest =
      root < 8.0 ? z * Polynomial(kTailAbove, z) / Polynomial(kTailBelow, z)
                 : z * Polynomial(kFarAbove, z) / Polynomial(kFarBelow, z);
  return root - std::log(root) / root - rest;
}

}  // namespace

double NormalQuantile(double p) {
  if (p == 0.0) return -Limits::infinity();
  if (p == 1.0) return Limits::infinity();
  if (!(p > 0.0 && p < 1.0)) return Limits::quiet_NaN();
  const bool right = p > 1.0 - kExpOfMinusTwo;
  const double nearer = right ? 1.0 - p : p;
  if (nearer > kExpOfMinusTwo) return InTheMiddle(nearer);
  return right ? InTheTail(nearer) : -InTheTail(nearer);
}

}  // namespace tidemill
