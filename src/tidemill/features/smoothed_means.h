#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tidemill/features/frame.h"

namespace tidemill {

/// The target over the rows that a fit may look at.
struct TargetSample {
  std::vector<std::size_t> rows;
  std::vector<double> y;  ///< one per row
  double mean = 0.0;
  double variance = 0.0;  ///< population form
};

/// Requires a row. `y` has one value per row of `rows`.
TargetSample MakeTargetSample(std::vector<std::size_t> rows,
                              std::vector<double> y);

/// The target's mean in each category of a column, drawn to the mean over all
/// rows: by code + kTableShift, where a category without a row, and an unseen
/// one, are that mean. Missing is a category.
///
/// `smooth`: so many rows of the mean over all are added to each category;
///           without it the empirical Bayes estimate, where the noisier a
///           category is the more it shrinks.
/// Source:   scikit-learn TargetEncoder; Micci-Barreca (2001), equations 3 to
///           6.
std::vector<double> SmoothedMeans(const FrameColumn& column,
                                  const TargetSample& sample,
                                  std::optional<double> smooth);

}  // namespace tidemill
