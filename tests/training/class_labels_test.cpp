#include "tidemill/training/class_labels.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

/// The labels of these cells in class order.
std::vector<std::string> Sorted(const std::vector<std::string>& cells) {
  ClassLabels labels({}, "here");
  for (const std::string& cell : cells) labels.Code(cell);
  std::vector<std::string> sorted(labels.size());
  for (std::size_t code = 0; code < labels.size(); ++code) {
    sorted[labels.ClassOrder()[code]] = labels.labels()[code];
  }
  return sorted;
}

TEST(ClassLabelsTest, NumbersAreSortedByValue) {
  EXPECT_THAT(Sorted({"10", "9", "-1", "9.0", "1e1"}),
              ElementsAre("-1", "9", "10"));
}

TEST(ClassLabelsTest, TextsAreSortedByTheirCharacters) {
  EXPECT_THAT(Sorted({"pear", "Fig", "10", "9", " pear "}),
              ElementsAre("10", "9", "Fig", "pear"));
}

TEST(ClassLabelsTest, SpellingsOfOneValueAreOneClass) {
  ClassLabels labels({}, "here");
  EXPECT_EQ(labels.Code("1"), labels.Code(" 1.0"));
  EXPECT_EQ(labels.Code("0"), labels.Code("-0"));
  EXPECT_EQ(labels.Code("TRUE"), labels.Code("true"));
  EXPECT_NE(labels.Code("true"), labels.Code("1"));
}

TEST(ClassLabelsTest, GivenOnesKeepTheirOrderAndSpelling) {
  ClassLabels labels({"low", "2.0", "high"}, "here");
  EXPECT_EQ(labels.Code("high"), 2U);
  EXPECT_EQ(labels.Code("2"), 1U);
  EXPECT_EQ(labels.Code("mid"), ClassLabels::kNone);
  EXPECT_THAT(labels.labels(), ElementsAre("low", "2.0", "high"));
  EXPECT_THAT(labels.ClassOrder(), ElementsAre(0, 1, 2));
}

TEST(ClassLabelsTest, GivenTwiceInTwoSpellingsIsABadConfig) {
  EXPECT_EQ(MessageOf([] {
              ClassLabels({"1", "2", "1.0"}, "here");
            }),
            "here: expected each class once, got '1.0', which is there "
            "already");
}

TEST(ClassLabelsTest, TakesAThousandAndNoMore) {
  ClassLabels labels({}, "here");
  for (std::size_t i = 0; i < kMaxClasses; ++i) {
    ASSERT_EQ(labels.Code(std::to_string(i)), i);
  }
  EXPECT_EQ(labels.Code("one more"), ClassLabels::kNone);
  EXPECT_EQ(labels.Code("7"), 7U);
}

}  // namespace
}  // namespace tidemill
