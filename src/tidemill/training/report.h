#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/training/metrics.h"
#include "tidemill/training/threshold_choice.h"

namespace tidemill {

/// One metric over the folds.
struct FoldMetric {
  std::string name;
  double mean = 0.0;
  double standard_deviation = 0.0;  ///< over the folds, divided by K - 1
  double pooled = 0.0;  ///< over all rows, each scored by the fold's model that
                        ///< did not see it
};

/// What a training run found.
struct TrainingReport {
  std::string name;
  Task task = Task::kBinary;
  std::string model;
  std::string unit;
  std::uint64_t seed = 0;

  std::size_t rows = 0;
  std::size_t rows_train = 0;
  std::size_t rows_test = 0;
  std::uint64_t rows_without_target = 0;
  std::uint64_t rows_out_of_range = 0;
  std::size_t num_features = 0;

  ChosenThreshold threshold;  ///< of a binary task
  Metrics held_out;
  Metrics baseline;  ///< of the naive model on the same rows, same names

  std::size_t folds = 0;  ///< 0: none asked for
  std::vector<FoldMetric> cross_validation;

  std::vector<std::string> warnings;

  std::string config_sha256;
  std::string data_sha256;
  std::string artifact_sha256;
  std::size_t artifact_bytes = 0;
};

/// For people: rows, then a table of metrics.
std::string ToTable(const TrainingReport& report);

/// For scripts: one JSON object; `path` is where the artifact was written.
std::string ToJson(const TrainingReport& report, const std::string& path);

}  // namespace tidemill
