#pragma once

#include <string>

namespace tidemill {

/// Sends logs to standard error, one line each. `level` is trace, debug, info,
/// warn or error; `format` is text or json. May be called again.
void SetUpLogging(const std::string& level, const std::string& format);

}  // namespace tidemill
