#include "tidemill/telemetry/unique_labels.h"

#include <set>

#include <gtest/gtest.h>

#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

TEST(UniqueLabelsTest, TheFirstOfItsKindStaysAsItIs) {
  UniqueLabels labels;
  EXPECT_EQ(labels.Make("x"), "x");
  EXPECT_EQ(labels.Make("y"), "y");
  EXPECT_EQ(labels.Make("x"), "x~2");
  EXPECT_EQ(labels.Make("x"), "x~3");
}

TEST(UniqueLabelsTest, ANumberedTextMayBeTakenToo) {
  UniqueLabels labels;
  EXPECT_EQ(labels.Make("x~2"), "x~2");
  EXPECT_EQ(labels.Make("x"), "x");
  EXPECT_EQ(labels.Make("x"), "x~3");
}

TEST(UniqueLabelsTest, ManyThatAreAlikeTakeNoTime) {
  UniqueLabels labels;
  std::set<std::string> seen;
  // Beginnings that are alike once cut, each of them twice: in steps of the
  // square of that, this would not end within the test's time.
  for (int i = 0; i < 200'000; ++i) {
    const std::string label = labels.Make(std::string(kMaxLabelBytes - 6, 'x') +
                                          std::to_string(100'000 + i / 2));
    ASSERT_TRUE(seen.insert(label).second) << label;
    ASSERT_LE(label.size(), kMaxLabelBytes);
  }
}

}  // namespace
}  // namespace tidemill
