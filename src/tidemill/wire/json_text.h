#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill {

/// Appends a JSON string, quotes and escapes included. Bytes that are not
/// UTF-8 become U+FFFD, so that the result always is.
void AppendJsonText(std::string_view text, std::string& out);

/// Appends the shortest text that reads back as the same float64. Requires a
/// finite value.
void AppendJsonNumber(double value, std::string& out);
void AppendJsonNumber(std::int64_t value, std::string& out);

}  // namespace tidemill
