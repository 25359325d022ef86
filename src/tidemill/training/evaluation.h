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

/// The task's metrics.
Metrics MetricsOf(const TrainingConfig& config, std::span<const double> truth,
                  std::span<const double> scores);

/// Those of a model that answers every row with the mean target of `train`:
/// the share of the positive class, or the mean value.
Metrics NaiveMetrics(const TrainingConfig& config,
                     std::span<const double> train,
                     std::span<const double> truth);

/// Fits pipeline and model anew on every fold and scores the rest. `folds` is
/// at least 2.
std::vector<FoldMetric> CrossValidate(const TrainingConfig& config,
                                      const Recipe& recipe, const Dataset& data,
                                      std::size_t folds, Progress& progress,
                                      std::vector<std::string>& warnings);

}  // namespace tidemill
