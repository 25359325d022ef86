#pragma once

#include <string>
#include <string_view>

namespace tidemill {

/// Text that may quote anything, fit for one line of a terminal or a log:
/// control characters, those that turn the direction of text, and bytes that
/// are not UTF-8 stand there as \n, \t or \xNN, and what is over 4 KiB is cut
/// off.
std::string OneLine(std::string_view text);

}  // namespace tidemill
