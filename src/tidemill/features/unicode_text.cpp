#include "tidemill/features/unicode_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

namespace tidemill {
namespace {

constexpr char32_t kAsciiEnd = 0x80;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < kAsciiEnd;
  });
}

/// ICU's data belongs to its library: without it nothing here can work.
void RequireIcu(UErrorCode status) {
  if (U_FAILURE(status) != 0) throw std::runtime_error(u_errorName(status));
}

struct CloseCaseMap {
  void operator()(UCaseMap* map) const { ucasemap_close(map); }
};

const UCaseMap* RootCaseMap() {
  static const std::unique_ptr<UCaseMap, CloseCaseMap> kMap = [] {
    UErrorCode status = U_ZERO_ERROR;
    UCaseMap* map = ucasemap_open("", 0, &status);
    RequireIcu(status);
    return std::unique_ptr<UCaseMap, CloseCaseMap>(map);
  }();
  return kMap.get();
}

const UNormalizer2* Nfkd() {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* normalizer = unorm2_getNFKDInstance(&status);
  RequireIcu(status);
  return normalizer;
}

void Append(char32_t c, std::string& out) {
  std::array<std::uint8_t, U8_MAX_LENGTH> bytes{};
  std::size_t length = 0;
  U8_APPEND_UNSAFE(bytes.data(), length, c);
  out.append(reinterpret_cast<const char*>(bytes.data()), length);
}

void AppendUnlessAccent(char32_t c, bool to_ascii, std::string& out) {
  if (to_ascii ? c < kAsciiEnd
               : u_getCombiningClass(static_cast<UChar32>(c)) == 0) {
    Append(c, out);
  }
}

}  // namespace

char32_t NextCharacter(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < kAsciiEnd) {
    ++at;
    return first;
  }
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(text.data(), at, text.size(), c);
  return static_cast<char32_t>(c);
}

bool IsWordCharacter(char32_t c) {
  if (c < kAsciiEnd) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
  }
  const auto point = static_cast<UChar32>(c);
  return (U_GET_GC_MASK(point) & U_GC_L_MASK) != 0 ||
         u_getIntPropertyValue(point, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

bool IsSpaceCharacter(char32_t c) {
  if (c < kAsciiEnd) return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= ' ');
  const auto point = static_cast<UChar32>(c);
  switch (u_charDirection(point)) {
    case U_WHITE_SPACE_NEUTRAL:
    case U_BLOCK_SEPARATOR:
    case U_SEGMENT_SEPARATOR:
      return true;
    default:
      return u_charType(point) == U_SPACE_SEPARATOR;
  }
}

void Lowercase(std::string_view text, std::string& out) {
  if (IsAscii(text)) {
    out.assign(text);
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return;
  }
  // Few texts grow; one that does is mapped twice.
  out.resize(text.size() + 16);
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length = ucasemap_utf8ToLower(
        RootCaseMap(), out.data(), static_cast<std::int32_t>(out.size()),
        text.data(), static_cast<std::int32_t>(text.size()), &status);
    const bool fits = status != U_BUFFER_OVERFLOW_ERROR;
    if (fits) RequireIcu(status);
    out.resize(static_cast<std::size_t>(length) + (fits ? 0 : 1));
    if (fits) return;
  }
}

void StripAccents(std::string_view text, bool to_ascii, std::string& out) {
  if (IsAscii(text)) {
    out.assign(text);
    return;
  }
  const UNormalizer2* normalizer = Nfkd();
  out.clear();
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = NextCharacter(text, at);
    // The longest decomposition has 18 units. The order of combining
    // characters, which NFKD sorts, is of no account: they are dropped.
    std::array<UChar, 32> parts{};
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length = unorm2_getDecomposition(
        normalizer, static_cast<UChar32>(c), parts.data(),
        static_cast<std::int32_t>(parts.size()), &status);
    RequireIcu(status);
    if (length < 0) AppendUnlessAccent(c, to_ascii, out);
    for (std::int32_t i = 0; i < length;) {
      UChar32 part = 0;
      U16_NEXT(parts.data(), i, length, part);
      AppendUnlessAccent(static_cast<char32_t>(part), to_ascii, out);
    }
  }
}

}  // namespace tidemill
