#include "tidemill/data/cell_text.h"

#include <cmath>

#include "tidemill/core/number_text.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<double> ParseFinite(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = ParseNumber<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string ClassText(std::string_view cell) {
  const std::string_view text = Trim(cell);
  for (const std::string_view spelling : {"true", "True", "TRUE"}) {
    if (text == spelling) return "true";
  }
  for (const std::string_view spelling : {"false", "False", "FALSE"}) {
    if (text == spelling) return "false";
  }
  if (const auto number = ParseFinite(text)) {
    std::string shortest;
    AppendJsonNumber(*number + 0.0, shortest);  // -0 is 0
    return shortest;
  }
  return std::string(text);
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  return "'" + std::string(text.substr(0, kMaxShown)) + "'";
}

}  // namespace tidemill
