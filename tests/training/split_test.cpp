#include "tidemill/training/split.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

std::vector<double> Classes(std::size_t negative, std::size_t positive) {
  std::vector<double> target(negative, 0.0);
  target.resize(negative + positive, 1.0);
  return target;
}

double Positives(const std::vector<std::size_t>& rows,
                 const std::vector<double>& target) {
  double sum = 0.0;
  for (const std::size_t row : rows) sum += target[row];
  return sum;
}

TEST(SplitTest, HoldsAShareOutAndLosesNoRow) {
  const std::vector<double> target(10, 1.5);
  Split split = HoldOut(target, {.test_size = 0.3, .stratify = false}, 1);
  EXPECT_EQ(split.test.size(), 3U);
  split.train.insert(split.train.end(), split.test.begin(), split.test.end());
  std::sort(split.train.begin(), split.train.end());
  EXPECT_THAT(split.train, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(SplitTest, IsTheSameOnEveryMachine) {
  const std::vector<double> target(10, 1.5);
  EXPECT_THAT(HoldOut(target, {.test_size = 0.3, .stratify = false}, 1).test,
              ElementsAre(2, 4, 8));
}

TEST(SplitTest, StratifiedSidesHaveTheSameShareOfEachClass) {
  const std::vector<double> target = Classes(80, 20);
  const Split split = HoldOut(target, {.test_size = 0.25, .stratify = true}, 1);
  EXPECT_EQ(split.test.size(), 25U);
  EXPECT_EQ(Positives(split.test, target), 5.0);
}

TEST(SplitTest, EveryOfThreeClassesHasItsShareOnBothSides) {
  std::vector<double> target(60, 0.0);
  target.resize(90, 1.0);
  target.resize(100, 2.0);
  const Split split = HoldOut(target, {.test_size = 0.2, .stratify = true}, 1);
  std::vector<int> held_out(3, 0);
  for (const std::size_t row : split.test) {
    ++held_out[static_cast<std::size_t>(target[row])];
  }
  EXPECT_THAT(held_out, ElementsAre(12, 6, 2));
  for (const Split& fold : MakeFolds(target, 5, true, 1)) {
    int rare = 0;
    for (const std::size_t row : fold.test) rare += target[row] == 2.0 ? 1 : 0;
    EXPECT_EQ(rare, 2);
  }
}

TEST(SplitTest, OneRowOfAClassIsTooFew) {
  EXPECT_EQ(MessageOf([] {
              HoldOut(Classes(5, 1), {.test_size = 0.2, .stratify = true}, 1);
            }),
            "split: expected at least 2 rows of each class, got 1");
}

TEST(FoldsTest, EveryRowIsTestedOnce) {
  std::vector<int> tested(10, 0);
  for (const Split& fold : MakeFolds(Classes(6, 4), 3, true, 1)) {
    EXPECT_EQ(fold.train.size() + fold.test.size(), 10U);
    for (const std::size_t row : fold.test) ++tested[row];
  }
  EXPECT_THAT(tested, testing::Each(1));
}

TEST(FoldsTest, StratifiedFoldsShareTheClasses) {
  const std::vector<double> target = Classes(12, 6);
  for (const Split& fold : MakeFolds(target, 3, true, 1)) {
    EXPECT_EQ(fold.test.size(), 6U);
    EXPECT_EQ(Positives(fold.test, target), 2.0);
  }
}

TEST(FoldsTest, MoreFoldsThanRowsAreRefused) {
  EXPECT_EQ(MessageOf([] { MakeFolds(Classes(6, 2), 3, true, 1); }),
            "--folds 3: expected at least 3 rows of each class, got 2");
}

}  // namespace
}  // namespace tidemill
