#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"
#include "tidemill/data/data_file.h"
#include "tidemill/training/progress.h"
#include "tidemill/training/report.h"

namespace tidemill {

struct TrainingOptions {
  std::size_t folds = 0;   ///< cross-validate with so many; 0 = do not
  DataFormat format = {};  ///< of files at paths
};

struct TrainingResult {
  std::string artifact;  ///< the bytes of model.bin
  TrainingReport report;
};

/// Learns from the rows that the split does not hold out, evaluates on those
/// it does, and builds the artifact, which has passed LoadArtifact.
///
/// The same rows, config and seed give the same bytes on every run, whatever
/// the machine's number of threads.
/// Errors: ConfigError, DataError; IoError from reading the files; Error with
///         kOurBug when the artifact does not score as training did.
TrainingResult TrainModel(const TrainingConfig& config,
                          std::vector<DataFile> files,
                          const TrainingOptions& options, Progress& progress);

/// The same with the files at those paths.
TrainingResult TrainModel(const TrainingConfig& config,
                          const std::vector<std::string>& paths,
                          const TrainingOptions& options, Progress& progress);

}  // namespace tidemill
