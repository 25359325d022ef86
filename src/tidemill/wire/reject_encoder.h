#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemill/core/event_error.h"

namespace tidemill {

/// Appends the JSON object that `tidemill score` writes for a line it cannot
/// score: line, stage, reason, detail and the event. One that is not UTF-8
/// stands there in base64, and "encoding" says so.
void AppendReject(std::uint64_t line, const EventError& error,
                  std::string_view event, std::string& out);

}  // namespace tidemill
