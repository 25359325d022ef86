#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemill {

using Metrics = std::vector<std::pair<std::string, double>>;

/// Area under the ROC curve: how often a positive row scores above a negative
/// one, a tie counting half. NaN unless there are rows of both classes.
double RocAuc(std::span<const double> truth, std::span<const double> scores);
/// Mean negative log likelihood; scores are kept off 0 and 1 by float64's
/// epsilon, as scikit-learn does.
double LogLoss(std::span<const double> truth, std::span<const double> scores);
double BrierScore(std::span<const double> truth,
                  std::span<const double> scores);
/// A score at or above the threshold answers the positive class.
double Accuracy(std::span<const double> truth, std::span<const double> scores,
                double threshold);

double RootMeanSquaredError(std::span<const double> truth,
                            std::span<const double> scores);
double MeanAbsoluteError(std::span<const double> truth,
                         std::span<const double> scores);
/// Share of the variance explained. With a constant truth 1 when it is met,
/// else 0, as scikit-learn says.
double RSquared(std::span<const double> truth, std::span<const double> scores);

/// roc_auc (when there are both classes), log_loss, brier, accuracy.
Metrics BinaryMetrics(std::span<const double> truth,
                      std::span<const double> scores, double threshold);
/// rmse, mae, r2.
Metrics RegressionMetrics(std::span<const double> truth,
                          std::span<const double> scores);

}  // namespace tidemill
