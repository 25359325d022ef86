// Expected texts: Python 3.11, str.lower() and unicodedata.
#include "tidemill/features/unicode_text.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

std::string Lower(std::string_view text) {
  std::string out = "what was there before";
  Lowercase(text, out);
  return out;
}

std::string Stripped(std::string_view text, bool to_ascii) {
  std::string out = "what was there before";
  StripAccents(text, to_ascii, out);
  return out;
}

TEST(UnicodeTextTest, LowersAsciiAndOtherLetters) {
  EXPECT_EQ(Lower("Tide Mill 2"), "tide mill 2");
  EXPECT_EQ(Lower("ÄÖÜ ЁЖ ẞ Ǆ"), "äöü ёж ß ǆ");
}

TEST(UnicodeTextTest, ASigmaAtTheEndOfAWordIsFinal) {
  EXPECT_EQ(Lower("ΟΔΥΣΣΕΥΣ Σ ΑΣ."), "οδυσσευς σ ας.");
}

TEST(UnicodeTextTest, LoweringCanMakeATextLonger) {
  std::string capitals;
  std::string small;
  for (int i = 0; i < 1000; ++i) {
    capitals += "İ";
    small += "i\u0307";
  }
  EXPECT_EQ(Lower(capitals), small);
}

TEST(UnicodeTextTest, AccentsAreStripped) {
  EXPECT_EQ(Stripped("café cafe\u0301 ﬁ ½ ß 각", false),
            "cafe cafe fi 1\u20442 ß \u1100\u1161\u11A8");
  EXPECT_EQ(Stripped("café cafe\u0301 ﬁ ½ ß 각", true), "cafe cafe fi 12  ");
}

TEST(UnicodeTextTest, NumbersAreWordCharactersAndMarksAreNot) {
  EXPECT_TRUE(IsWordCharacter(U'½'));
  EXPECT_TRUE(IsWordCharacter(U'Ⅷ'));
  EXPECT_TRUE(IsWordCharacter(U'日'));
  EXPECT_TRUE(IsWordCharacter(U'_'));
  EXPECT_FALSE(IsWordCharacter(U'\u0301'));
  EXPECT_FALSE(IsWordCharacter(U'👍'));
}

TEST(UnicodeTextTest, SpacesAreThoseOfPythonsSplit) {
  for (const char32_t c :
       {U'\t', U' ', U'\x1C', U'\u0085', U'\u00A0', U'\u2028', U'\u3000'}) {
    EXPECT_TRUE(IsSpaceCharacter(c)) << std::hex << std::uint32_t{c};
  }
  EXPECT_FALSE(IsSpaceCharacter(U'\u200B'));
  EXPECT_FALSE(IsSpaceCharacter(U'\u180E'));
}

TEST(UnicodeTextTest, BrokenBytesReadAsOneReplacementEach) {
  std::size_t at = 0;
  EXPECT_EQ(NextCharacter("\xFF\x61", at), U'\uFFFD');
  EXPECT_EQ(at, 1U);
  at = 0;
  EXPECT_EQ(NextCharacter("\xE2\x82", at), U'\uFFFD');
  EXPECT_EQ(at, 2U);
}

}  // namespace
}  // namespace tidemill
