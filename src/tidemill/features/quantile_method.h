#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tidemill {

/// How a quantile of a sample is read between two of its values: the nine
/// definitions of Hyndman and Fan (1996) by numpy's names.
enum class QuantileMethod : std::uint8_t {
  kInvertedCdf,
  kAveragedInvertedCdf,
  kClosestObservation,
  kInterpolatedInvertedCdf,
  kHazen,
  kWeibull,
  kLinear,
  kMedianUnbiased,
  kNormalUnbiased,
};

std::optional<QuantileMethod> ParseQuantileMethod(std::string_view name);

/// Requires rising values without NaN, at least one, and fraction in [0, 1].
/// Source: numpy 2.4 quantile, matched bit for bit.
double Quantile(std::span<const double> sorted, double fraction,
                QuantileMethod method);

}  // namespace tidemill
