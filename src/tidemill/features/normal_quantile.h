#pragma once

namespace tidemill {

/// The number below which a standard normal variable lies with probability p:
/// -inf for 0, +inf for 1, NaN outside [0, 1] and for NaN.
///
/// Source: the rational functions of Moshier's Cephes library (ndtri), which
///         scipy.stats.norm.ppf is, in its order of rounding: the same bits
///         where the logarithm has the same.
double NormalQuantile(double p);

}  // namespace tidemill
