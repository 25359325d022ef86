#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemill {

// Texts as Python's str has them: a text is UTF-8 here and a character is a
// code point. The tables are ICU's; those of another Unicode version differ in
// the characters that it added.
// Errors:  none; a broken sequence of bytes reads as U+FFFD.
// Threads: any.
// Source:  Python 3's str and re (Objects/unicodectype.c), the Unicode
//          Character Database.

/// The character at byte `at`, which moves past it; at < text.size().
char32_t NextCharacter(std::string_view text, std::size_t& at);

/// re's \w: letters, whatever has a numeric value, and the underscore.
bool IsWordCharacter(char32_t c);

/// re's \s, what str.split() splits at.
bool IsSpaceCharacter(char32_t c);

/// str.lower(): full mappings, a sigma at the end of a word by its own rule, no
/// language's exceptions.
void Lowercase(std::string_view text, std::string& out);

/// Compatibility decomposition (NFKD) without combining characters; `to_ascii`
/// drops whatever else is beyond ASCII too.
void StripAccents(std::string_view text, bool to_ascii, std::string& out);

}  // namespace tidemill
