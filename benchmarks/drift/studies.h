#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "benchmarks/drift/event_pool.h"
#include "tidemill/config/training_config.h"
#include "tidemill/telemetry/drift_monitor.h"

namespace tidemill {

struct StudyOptions {
  DriftOptions drift;
  std::vector<std::size_t> rows;  ///< of the trainings, held-out ones included
  std::size_t windows = 5000;     ///< per service and number of rows
  std::size_t models = 5;         ///< the same
  std::size_t days = 10;          ///< the same
  std::size_t repeats = 50;       ///< per shift
  std::uint64_t seed = 1;
};

/// Rows with the columns' names, in order; cells are texts and numbers.
struct ResultTable {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::json>> rows;
};

/// Clean streams, judged when the window has min_events and when it is full.
struct FalseAlarms {
  ResultTable rates;    ///< how many windows have anything over a threshold
  ResultTable causes;   ///< what is
  ResultTable figures;  ///< how great the greatest figures of a window are
};
FalseAlarms StudyFalseAlarms(const TrainingConfig& config,
                             const EventPool& pool,
                             const StudyOptions& options);

/// Clean streams of a day each, judged every two seconds.
ResultTable StudyDays(const TrainingConfig& config, const EventPool& pool,
                      const StudyOptions& options);

/// Streams that drift: how long until it is said of the drifted field, and by
/// what, and until it is said of the score.
ResultTable StudyDetection(const TrainingConfig& config, const EventPool& pool,
                           const StudyOptions& options);

/// The same of a normally distributed field, which no simulated one is: the
/// smoothest, so the hardest shift to see.
ResultTable StudyNormalDetection(const StudyOptions& options);

}  // namespace tidemill
