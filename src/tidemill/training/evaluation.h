#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/training/dataset.h"
#include "tidemill/training/fitted_model.h"
#include "tidemill/training/metrics.h"
#include "tidemill/training/report.h"

namespace tidemill {

/// The task's metrics. `outputs` are rows x the model's outputs, row-major;
/// `threshold` is a binary model's. Every row counts alike, whatever its
/// weight in learning, as scikit-learn's metrics do unless told otherwise.
Metrics MetricsOf(Task task, double threshold, std::span<const double> truth,
                  std::span<const double> outputs);

/// What a model answers to every row that has learned only the targets of
/// `train`: the share of the positive class, those of all `num_classes`, or
/// the mean value.
std::vector<double> NaiveOutputs(Task task, std::size_t num_classes,
                                 std::span<const double> train,
                                 std::size_t rows);

/// Fits pipeline and model anew on every fold and scores the rest. `folds` is
/// at least 2. The threshold is not chosen anew.
std::vector<FoldMetric> CrossValidate(const Recipe& recipe, const Dataset& data,
                                      double threshold, std::size_t folds,
                                      Progress& progress,
                                      std::vector<std::string>& warnings);

}  // namespace tidemill
