#pragma once

#include <span>
#include <vector>

namespace tidemill {

/// The values in rising order, without NaN: what the functions below want.
std::vector<double> SortedPresent(std::span<const double> values);

/// The number below which a fraction of the values lies, between two values
/// interpolated in a straight line; NaN of no values.
///
/// Units:   fraction in [0, 1]; a percentile is Quantile(sorted, percent /
/// 100). Missing: NaN is left out beforehand, so this is nanquantile too.
/// Source:  numpy 2.4 quantile, method "linear", matched bit for bit.
double Quantile(std::span<const double> sorted, double fraction);

/// The middle value, or half the sum of the two in the middle; NaN of none.
/// Source: numpy 2.4 median; the last bit can differ from Quantile(sorted,
/// 0.5).
double Median(std::span<const double> sorted);

}  // namespace tidemill
