#include "tidemill/data/utf8.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

bool IsUtf8(std::string_view text) {
  return FindInvalidUtf8(text) == text.size();
}

TEST(Utf8Test, TakesSequencesOfOneToFourBytes) {
  EXPECT_TRUE(IsUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x95"));
}

TEST(Utf8Test, NamesThePlaceOfLatin1) {
  EXPECT_EQ(FindInvalidUtf8("caf\xE9,1"), 3U);
}

TEST(Utf8Test, SeesWhatStandsBehindALongRunOfAscii) {
  EXPECT_EQ(FindInvalidUtf8("0123456789abcdef0123\xE9"), 20U);
}

TEST(Utf8Test, RefusesOverlongForms) {
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsUtf8("\xE0\x80\xAF"));
  EXPECT_FALSE(IsUtf8("\xF0\x80\x80\xAF"));
}

TEST(Utf8Test, RefusesSurrogatesAndWhatIsBeyondUnicode) {
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));
}

TEST(Utf8Test, RefusesASequenceThatIsCutOff) {
  EXPECT_FALSE(IsUtf8("a\xE2\x82"));
}

}  // namespace
}  // namespace tidemill
