// Expected numbers: numpy 2.4.6.
#include "tidemill/features/percentile.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/step_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

TEST(PercentileTest, SortsAndLeavesMissingOut) {
  EXPECT_THAT(SortedPresent(std::vector{3.0, kNaN, -1.0, 2.0}),
              ElementsAre(-1.0, 2.0, 3.0));
}

TEST(PercentileTest, LiesOnTheLineBetweenTwoValues) {
  const std::vector<double> sorted = {1.0, 2.0, 4.0, 8.0, 16.0};
  EXPECT_EQ(Quantile(sorted, 0.0), 1.0);
  EXPECT_EQ(Quantile(sorted, 0.25), 2.0);
  EXPECT_EQ(Quantile(sorted, 0.375), 3.0);
  EXPECT_EQ(Quantile(sorted, 0.875), 12.0);
  EXPECT_EQ(Quantile(sorted, 1.0), 16.0);
}

TEST(PercentileTest, GivesNumpysBitsOnBothSidesOfTheMiddle) {
  const std::vector<double> sorted = {0.1, 0.7, 0.9};
  EXPECT_EQ(Quantile(sorted, 0.1), 0.22);
  EXPECT_EQ(Quantile(sorted, 0.4), 0.58);
  EXPECT_EQ(Quantile(sorted, 95.0 / 100.0), 0.88);
}

TEST(PercentileTest, OfOneValueIsThatValue) {
  EXPECT_EQ(Quantile(std::vector{5.0}, 0.3), 5.0);
  EXPECT_EQ(Median(std::vector{5.0}), 5.0);
}

TEST(PercentileTest, OfNoValueIsMissing) {
  EXPECT_TRUE(std::isnan(Quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(Median({})));
}

TEST(PercentileTest, AnInfinityAtTheEndIsReachedNotComputedWith) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Quantile(std::vector{1.0, 2.0, inf}, 1.0), inf);
}

TEST(PercentileTest, TheMedianHalvesTheSumOfTheTwoInTheMiddle) {
  EXPECT_EQ(Median(std::vector{1.0, 2.0, 5.0, 9.0}), 3.5);
  EXPECT_EQ(Median(std::vector{1.0, 2.0, 5.0}), 2.0);
}

}  // namespace
}  // namespace tidemill
