#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <string>

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

}  // namespace tidemill
