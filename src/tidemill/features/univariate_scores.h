#pragma once

#include <span>
#include <vector>

namespace tidemill {

// How much a single column says about the target: the greater, the more.
// Shapes:  one value and one target per row, finite.
// Missing: NaN is the answer when a column does not vary.
// Source:  scikit-learn's functions of these names; sums are row after row.

/// Classes by number, 0 .. classes - 1: the F value of a one-way analysis of
/// variance; infinite when the classes explain everything.
double FClassif(std::span<const double> values, std::span<const double> target,
                std::size_t classes);

/// Classes by number; values of at least 0, as counts: the chi-squared
/// statistic between them.
double Chi2(std::span<const double> values, std::span<const double> target,
            std::size_t classes);

/// The F value of the correlation with the target; 0, not NaN, when one of the
/// two does not vary, and the greatest float64 when they are one line.
double FRegression(std::span<const double> values,
                   std::span<const double> target);

}  // namespace tidemill
