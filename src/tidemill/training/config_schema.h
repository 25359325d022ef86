#pragma once

#include <string>

namespace tidemill {

/// JSON Schema, draft 2020-12, of a training config, as in
/// config/schemas/training.schema.json. The names of tasks, types, steps and
/// models are those that this program has.
std::string TrainingConfigSchema();

}  // namespace tidemill
