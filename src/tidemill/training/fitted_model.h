#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/core/matrix.h"
#include "tidemill/features/pipeline.h"
#include "tidemill/training/dataset.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/progress.h"

namespace tidemill {

/// What is to be learned, its parameters read and checked.
struct Recipe {
  std::vector<EstimatorPtr> steps;
  ModelEstimatorPtr model;
  Task task = Task::kBinary;
  std::uint64_t seed = 0;
};

/// Throws ConfigError on an unknown step or model or a bad parameter.
Recipe MakeRecipe(const TrainingConfig& config);

/// A pipeline and a model that learned from the same rows.
struct FittedModel {
  Schema schema;  ///< with the dictionaries of those rows
  Pipeline pipeline;
  std::vector<std::string> feature_names;
  TrainedModel model;
  bool takes_missing = false;

  /// A frame of the schema's columns through the pipeline.
  RowMatrix Features(const Frame& frame) const;
  /// What the model's own library says of the rows: rows x its outputs,
  /// row-major. Throws DataError naming
  /// the feature that the model cannot take.
  std::vector<double> LibraryScores(const Dataset& data,
                                    std::span<const std::size_t> rows) const;
};

/// Learns pipeline and model from the rows. Throws DataError, ConfigError.
FittedModel FitModel(const Recipe& recipe, const Dataset& data,
                     std::span<const std::size_t> rows,
                     const std::string& stage, Progress& progress,
                     std::vector<std::string>& warnings);

/// The targets of the rows.
std::vector<double> TargetsOf(const Dataset& data,
                              std::span<const std::size_t> rows);

}  // namespace tidemill
