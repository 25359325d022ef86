#pragma once

#include "tidemill/config/training_config.h"

namespace tidemill {

/// Throws ConfigErrors naming the place of every column that a
/// ColumnTransformer at the pipeline's start wants and the schema has not, and
/// the nearest field. Steps behind see columns that only fitting tells of.
void CheckPipelineColumns(const TrainingConfig& config);

}  // namespace tidemill
