#pragma once

#include <span>

#include "tidemill/config/training_config.h"

namespace tidemill {

/// A binary model's threshold and what spoke for it.
struct ChosenThreshold {
  ThresholdRule rule = ThresholdRule::kGiven;
  double value = 0.5;  ///< a score at or above it is positive
  /// By the rule: F1; Youden's J; the mean cost of a row. Of a given one 0.
  double figure = 0.0;
};

/// Given, or the score among `scores` that the rule likes best when it is the
/// threshold; of equally good ones the least. Every row counts alike.
///
/// Errors: DataError unless a rule has rows of both classes (1 and 0) to
///         choose by.
/// Source: F1 and J (true positive rate less false positive rate) as
///         scikit-learn's f1_score and roc_curve define them.
ChosenThreshold ChooseThreshold(const ThresholdConfig& config,
                                std::span<const double> truth,
                                std::span<const double> scores);

}  // namespace tidemill
