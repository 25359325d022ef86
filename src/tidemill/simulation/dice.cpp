#include "tidemill/simulation/dice.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace tidemill {
namespace {

/// 1 / i!
constexpr auto kInverseFactorials = [] {
  std::array<double, 14> terms = {};
  double factorial = 1.0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (i > 0) factorial *= static_cast<double>(i);
    terms[i] = 1.0 / factorial;
  }
  return terms;
}();

/// 1 / (2 i + 1)
constexpr auto kInverseOdds = [] {
  std::array<double, 12> terms = {};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    terms[i] = 1.0 / static_cast<double>(2 * i + 1);
  }
  return terms;
}();

}  // namespace

Dice::Dice(std::uint64_t seed, std::uint64_t stream, std::uint64_t event)
    : random_(Scramble(Scramble(Scramble(seed) + stream) + event)) {}

std::size_t Dice::Pick(std::span<const double> weights) {
  double total = 0.0;
  for (const double weight : weights) total += weight;
  double left = Uniform() * total;
  std::size_t pick = 0;
  while (pick + 1 < weights.size() && left >= weights[pick]) {
    left -= weights[pick++];
  }
  return pick;
}

double Dice::Normal() {
  // Marsaglia's polar method (1964); the second value is not kept, so that a
  // draw depends on nothing but the state.
  while (true) {
    const double u = 2.0 * Uniform() - 1.0;
    const double v = 2.0 * Uniform() - 1.0;
    const double s = u * u + v * v;
    if (s < 1.0 && s > 1e-30) return u * std::sqrt(-2.0 * PortableLog(s) / s);
  }
}

double Dice::Exponential() {
  return -PortableLog(1.0 - Uniform());  // 1 - u is never 0
}

std::uint64_t Scramble(std::uint64_t x) { return Random(x).Next(); }

double PortableExp(double x) {
  // x = k ln 2 + r with |r| <= ln 2 / 2, then Taylor: 0.35^14 / 14! < 1e-16.
  x = std::clamp(x, -700.0, 700.0);
  const double k = std::floor(x / std::numbers::ln2 + 0.5);
  const double r = x - k * std::numbers::ln2;
  double sum = 0.0;
  for (std::size_t i = kInverseFactorials.size(); i-- > 0;) {
    sum = kInverseFactorials[i] + sum * r;
  }
  return std::ldexp(sum, static_cast<int>(k));
}

double PortableLog(double x) {
  assert(x > 0.0);
  // x = m 2^k with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m-1)/(m+1)),
  // whose argument is below 0.172: 12 terms reach 1e-18.
  int k = 0;
  double m = std::frexp(x, &k);
  if (m < 0.5 * std::numbers::sqrt2) {
    m *= 2.0;
    --k;
  }
  const double s = (m - 1.0) / (m + 1.0);
  double sum = 0.0;
  for (std::size_t i = kInverseOdds.size(); i-- > 0;) {
    sum = kInverseOdds[i] + sum * s * s;
  }
  return k * std::numbers::ln2 + 2.0 * s * sum;
}

double Logistic(double x) { return 1.0 / (1.0 + PortableExp(-x)); }

double RoundTo(double x, int decimals) {
  static constexpr std::array<double, 5> kPowers = {1.0, 10.0, 100.0, 1e3, 1e4};
  const double power = kPowers[static_cast<std::size_t>(decimals)];
  return std::floor(x * power + 0.5) / power;
}

}  // namespace tidemill
