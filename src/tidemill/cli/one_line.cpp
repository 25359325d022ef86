#include "tidemill/cli/one_line.h"

#include <cstddef>

namespace tidemill {
namespace {

constexpr std::size_t kMaxBytes = 4096;

/// U+061C, U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069 put the text
/// behind them into another order.
bool StartsWithBidiControl(std::string_view text) {
  const std::string_view start = text.substr(0, 3);
  return text.starts_with("\xd8\x9c") ||
         (start >= "\xe2\x80\x8e" && start <= "\xe2\x80\x8f") ||
         (start >= "\xe2\x80\xaa" && start <= "\xe2\x80\xae") ||
         (start >= "\xe2\x81\xa6" && start <= "\xe2\x81\xa9");
}

/// The length of the printable UTF-8 character at the start; 0 when there is
/// none.
std::size_t PrintableLength(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  if (StartsWithBidiControl(text)) return 0;
  // U+0080 to U+009F are control characters too.
  return first == 0xc2 && byte(1) < 0xa0 ? 0 : length;
}

void AppendEscaped(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += '\\';
  if (c == '\n') {
    out += 'n';
  } else if (c == '\t') {
    out += 't';
  } else {
    out += 'x';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xfU];
  }
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    if (line.size() >= kMaxBytes) return line + "...";
    const std::size_t length = PrintableLength(text.substr(i));
    if (length == 0) {
      AppendEscaped(text[i++], line);
    } else {
      line += text.substr(i, length);
      i += length;
    }
  }
  return line;
}

}  // namespace tidemill
