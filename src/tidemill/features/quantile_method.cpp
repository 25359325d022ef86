#include "tidemill/features/quantile_method.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "tidemill/features/percentile.h"

namespace tidemill {
namespace {

/// alpha and beta place a fraction q of n values at
/// n q + alpha + q (1 - alpha - beta), counted from 1.
struct MethodInfo {
  std::string_view name;
  double alpha;
  double beta;
};

constexpr std::array<MethodInfo, 9> kMethods = {
    {{"inverted_cdf", 0.0, 0.0},
     {"averaged_inverted_cdf", 0.0, 0.0},
     {"closest_observation", 0.0, 0.0},
     {"interpolated_inverted_cdf", 0.0, 1.0},
     {"hazen", 0.5, 0.5},
     {"weibull", 0.0, 0.0},
     {"linear", 1.0, 1.0},
     {"median_unbiased", 1.0 / 3.0, 1.0 / 3.0},
     {"normal_unbiased", 3.0 / 8.0, 3.0 / 8.0}}};

/// The value at a place, counted from 0 and cut to the sample's ends.
double ValueAt(std::span<const double> sorted, double place) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::clamp(place, 0.0, last))];
}

/// A share t of the way from one value to the next, from the nearer end.
double Between(double a, double b, double t) {
  return t >= 0.5 ? b - (b - a) * (1.0 - t) : a + (b - a) * t;
}

}  // namespace

std::optional<QuantileMethod> ParseQuantileMethod(std::string_view name) {
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    if (kMethods[i].name == name) return static_cast<QuantileMethod>(i);
  }
  return std::nullopt;
}

double Quantile(std::span<const double> sorted, double fraction,
                QuantileMethod method) {
  assert(!sorted.empty() && fraction >= 0.0 && fraction <= 1.0);
  if (method == QuantileMethod::kLinear) return Quantile(sorted, fraction);
  const auto n = static_cast<double>(sorted.size());
  const MethodInfo& info = kMethods[static_cast<std::size_t>(method)];
  double place = n * fraction - 1.0;
  if (method == QuantileMethod::kClosestObservation) {
    place -= 0.5;
  } else if (method != QuantileMethod::kInvertedCdf &&
             method != QuantileMethod::kAveragedInvertedCdf) {
    place = n * fraction +
            (info.alpha + fraction * (1.0 - info.alpha - info.beta)) - 1.0;
  }
  const double below = std::floor(place);
  const double rest = place - below;
  switch (method) {
    case QuantileMethod::kInvertedCdf:
      return ValueAt(sorted, rest == 0.0 ? below : below + 1.0);
    case QuantileMethod::kClosestObservation: {
      const bool odd = std::fmod(std::fabs(below), 2.0) == 1.0;
      return ValueAt(sorted, rest == 0.0 && odd ? below : below + 1.0);
    }
    default:
      break;
  }
  // Outside the sample both neighbours are its end.
  if (place < 0.0) return sorted.front();
  if (place >= n - 1.0) return sorted.back();
  const double share = method == QuantileMethod::kAveragedInvertedCdf
                           ? (rest == 0.0 ? 0.5 : 1.0)
                           : rest;
  return Between(ValueAt(sorted, below), ValueAt(sorted, below + 1.0), share);
}

}  // namespace tidemill
