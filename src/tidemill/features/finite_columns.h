#pragma once

#include <string_view>

#include "tidemill/features/frame.h"

namespace tidemill {

/// Throws ConfigError when a column is no number, DataError when a number is
/// infinite or, unless `missing_too`, missing.
void RequireFinite(std::string_view step, const FrameColumn& column,
                   bool missing_too = false);

}  // namespace tidemill
