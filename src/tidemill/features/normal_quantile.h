#pragma once

namespace tidemill {

/// The number below which a standard normal variable lies with probability p:
/// -inf for 0, +inf for 1, NaN outside [0, 1] and for NaN.
///
/// Source: Boost.Math's inverse of erfc; within 1e-14 (relative) of
///         scipy.stats.norm.ppf from 1e-300 to 1 - 1e-16.
double NormalQuantile(double p);

}  // namespace tidemill
