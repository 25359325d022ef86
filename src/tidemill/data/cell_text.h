#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// The cell without the blanks around it.
std::string_view Trim(std::string_view text);

/// The whole text as a finite number, or nothing.
std::optional<double> ParseFinite(std::string_view text);

/// One text for one class, however it is spelt: numbers by value (1 is 1.0),
/// true and false in any of the spellings a boolean cell has, else the text
/// without blanks around it.
std::string ClassText(std::string_view cell);

/// The cell as errors show it: quoted, its first 80 bytes.
std::string Quoted(std::string_view text);

}  // namespace tidemill
