#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tidemill {

enum class PowerMethod : std::uint8_t { kYeoJohnson, kBoxCox };
inline constexpr std::array<std::string_view, 2> kPowerMethodNames = {
    "yeo-johnson", "box-cox"};

/// A power of x, shifted and scaled so that lambda 1 is a shift at most:
///
///   Box-Cox      (x^l - 1) / l, log x when l = 0; x > 0, else
///                an infinity, for scikit-learn raises an error there
///   Yeo-Johnson  ((x + 1)^l - 1) / l for x >= 0,
///                -((1 - x)^(2-l) - 1) / (2 - l) below 0, logs at l = 0 and 2
///
/// Missing: NaN stays NaN.
/// Source:  Box and Cox (1964), Yeo and Johnson (2000), written with log1p and
///          expm1 as scipy 1.17's special.boxcox and stats.yeojohnson.
double PowerTransform(PowerMethod method, double lambda, double x);

/// The lambda that makes the values most like a normal sample; nothing when
/// none does. `values`: finite, not all equal; greater than 0 for Box-Cox.
///
/// Source: the maximum of the profile likelihood, found as scipy 1.17 does:
///         Yeo-Johnson within bounds that no square overflows at, Box-Cox from
///         a bracket that starts as (-2, 2). It is known to about 1e-7: nearer
///         to the maximum the likelihood does not change.
std::optional<double> BestLambda(PowerMethod method,
                                 std::span<const double> values);

}  // namespace tidemill
