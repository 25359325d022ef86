#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "benchmarks/drift/event_pool.h"
#include "tidemill/config/training_config.h"
#include "tidemill/core/baseline.h"
#include "tidemill/core/random.h"
#include "tidemill/core/schema.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// What a training leaves behind for drift.
struct Training {
  Schema schema;  ///< with the dictionaries that it learned
  Baselines baselines;
};

/// Draws a training of so many rows from the pool: splits and learns them as
/// `tidemill train` does. `scores`, by the pool's rows, are those of a model
/// that never saw them; without any the score has no baseline.
Training DrawTraining(const TrainingConfig& config, const EventPool& pool,
                      std::span<const double> scores, std::size_t rows,
                      Random& random);

/// A model that was trained, as the config says, on so many simulated rows.
LoadedModelPtr LearnModel(const TrainingConfig& config, std::uint64_t seed,
                          std::size_t rows);

/// Of every row of the pool.
std::vector<double> ScoresOf(const LoadedModel& model, const EventPool& pool);

}  // namespace tidemill
