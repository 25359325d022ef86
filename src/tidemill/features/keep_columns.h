#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/step.h"

namespace tidemill {

/// A fitted step that keeps columns by name, in the given order: what a choice
/// of columns comes to, however it was made. `name` is the step's, a literal.
StepPtr KeepColumns(std::string_view name, std::vector<std::string> columns);

/// Reads what such a step saved. Throws ArtifactError.
StepPtr LoadKeptColumns(std::string_view name, ArtifactReader& in);

}  // namespace tidemill
