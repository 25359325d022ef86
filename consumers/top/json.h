#pragma once

#include <string>

#include "consumers/top/figures.h"
#include "tidemill/core/clock.h"

namespace tidemill {

/// One reading for scripts (docs/top.md lists the fields): ASCII, indented,
/// with a newline behind it. What is not known is null.
std::string TopJson(const TopFigures& figures, WallTime now);

}  // namespace tidemill
