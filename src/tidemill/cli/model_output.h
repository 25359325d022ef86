#pragma once

#include <string>
#include <vector>

#include "tidemill/cli/distinct_files.h"

namespace tidemill {

/// Says before the work, not after it, that a model has nowhere to go or would
/// take the place of what it is made from. Throws UsageError, IoError.
void CheckModelOutput(const std::string& out,
                      const std::vector<FileUse>& inputs);

}  // namespace tidemill
