#pragma once

#include <cstddef>
#include <span>

#include "tidemill/training/metrics.h"

namespace tidemill {

/// What three classes and more are judged by. `truth` holds a class number per
/// row, `probabilities` rows x `num_classes`, row-major.
///
/// Source: scikit-learn; the answer of a row is its likeliest class, of
///         equally likely ones the first.

/// Mean negative log likelihood, kept off 0 and 1 as LogLoss() does.
double MulticlassLogLoss(std::span<const double> truth,
                         std::span<const double> probabilities,
                         std::size_t num_classes);
double MulticlassAccuracy(std::span<const double> truth,
                          std::span<const double> probabilities,
                          std::size_t num_classes);
/// Mean over the classes of the area under the curve of that class against the
/// rest. NaN unless there are rows of every class.
double MacroRocAuc(std::span<const double> truth,
                   std::span<const double> probabilities,
                   std::size_t num_classes);
/// Mean of F1 over the classes that are true or the answer somewhere.
double MacroF1(std::span<const double> truth,
               std::span<const double> probabilities, std::size_t num_classes);

/// roc_auc (when there are rows of every class), log_loss, accuracy, f1_macro.
Metrics MulticlassMetrics(std::span<const double> truth,
                          std::span<const double> probabilities,
                          std::size_t num_classes);

}  // namespace tidemill
