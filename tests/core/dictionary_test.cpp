#include "tidemill/core/dictionary.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(DictionaryTest, ATextsCodeIsItsPlace) {
  const Dictionary dictionary({"b", "a", ""});
  EXPECT_EQ(dictionary.Find("b"), 0);
  EXPECT_EQ(dictionary.Find("a"), 1);
  EXPECT_EQ(dictionary.Find(""), 2);
}

TEST(DictionaryTest, AnotherTextIsUnseen) {
  const Dictionary dictionary({"a", "b"});
  EXPECT_EQ(dictionary.Find("c"), kUnseenCode);
  EXPECT_EQ(dictionary.Find("A"), kUnseenCode);
  EXPECT_EQ(dictionary.Find("a "), kUnseenCode);
}

TEST(DictionaryTest, AnEmptyOneHasSeenNothing) {
  EXPECT_EQ(Dictionary().Find("a"), kUnseenCode);
  EXPECT_EQ(Dictionary(std::vector<std::string>{}).Find(""), kUnseenCode);
}

TEST(DictionaryTest, TextsMayHoldNulBytes) {
  const std::string with_nul("a\0b", 3);
  const Dictionary dictionary({"a", with_nul});
  EXPECT_EQ(dictionary.Find(with_nul), 1);
}

TEST(DictionaryTest, FindsAllOfManyTexts) {
  std::vector<std::string> texts;
  for (int i = 0; i < 10'000; ++i) texts.push_back(std::to_string(i));
  const Dictionary dictionary(texts);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(dictionary.Find(std::to_string(i)), i);
  }
  EXPECT_EQ(dictionary.Find("10000"), kUnseenCode);
}

TEST(DictionaryTest, RefusesATextTwiceAndNamesIt) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              Dictionary({"a", "b", "a"});
            }),
            "dictionary: expected distinct texts, got 'a' twice");
}

TEST(DictionaryTest, TakesTheLongestTextAndRefusesALonger) {
  EXPECT_NO_THROW(Dictionary({std::string(Dictionary::kMaxTextBytes, 'x')}));
  EXPECT_THROW(Dictionary({std::string(Dictionary::kMaxTextBytes + 1, 'x')}),
               ArtifactError);
}

TEST(DictionaryTest, RefusesTooManyTexts) {
  EXPECT_THROW(
      Dictionary(std::vector<std::string>(Dictionary::kMaxEntries + 1)),
      ArtifactError);
}

TEST(DictionaryTest, TextsChosenToCollideAreRefusedInsteadOfSearchedForHours) {
  // All begin their search in the first 16 of 8192 slots.
  std::vector<std::string> texts;
  for (int i = 0; texts.size() < 2048; ++i) {
    std::string text = std::to_string(i);
    if (std::hash<std::string_view>{}(text) % 8192 < 16) {
      texts.push_back(std::move(text));
    }
  }
  EXPECT_NE(
      ThrownMessage<ArtifactError>([&] { Dictionary{texts}; }).find("collide"),
      std::string::npos);
}

}  // namespace
}  // namespace tidemill
