#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tidemill {

/// The shortest digits that read back as the same number, e.g. "0.1", "1e+300"
/// or "nan"; unlike std::to_string's, which are 0.000000 of a small one.
template <std::floating_point Number>
std::string NumberText(Number value) {
  std::array<char, 32> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

/// The number that the whole text is, without a leading '+' or blanks; nothing
/// when it is none, or one that Number does not hold.
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace tidemill
