#include "tidemill/telemetry/label_text.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(LabelTextTest, KeepsUtf8AsItIs) {
  EXPECT_EQ(LabelText("Gezeitenm\xC3\xBChle \xF0\x9F\x8C\x8A"),
            "Gezeitenm\xC3\xBChle \xF0\x9F\x8C\x8A");
}

TEST(LabelTextTest, ReplacesEveryByteThatIsNotUtf8) {
  EXPECT_EQ(LabelText("a\xFF\x80z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(LabelTextTest, RefusesOverlongSurrogateAndBeyondTheLastCharacter) {
  EXPECT_EQ(LabelText("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(LabelText("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(LabelText("\xF4\x90"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(LabelText("\xF5"), "\xEF\xBF\xBD");
}

TEST(LabelTextTest, ReplacesACharacterCutOffAtTheEnd) {
  EXPECT_EQ(LabelText("a\xC3"), "a\xEF\xBF\xBD");
}

TEST(LabelTextTest, CutsBetweenCharacters) {
  const std::string text = std::string(kMaxLabelBytes - 1, 'a') + "\xC3\xBC";
  EXPECT_EQ(LabelText(text), std::string(kMaxLabelBytes - 1, 'a'));
}

}  // namespace
}  // namespace tidemill
