#include "tidemill/features/k_means_line.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;

TEST(KMeansLineTest, MovesCentresToTheMeansOfWhatIsNear) {
  EXPECT_THAT(KMeansOnLine(std::vector{0.0, 1.0, 2.0, 50.0, 52.0}, {0.0, 9.0}),
              ElementsAre(1.0, 51.0));
}

TEST(KMeansLineTest, ACentreWithoutValuesGetsTheFarthest) {
  // The third starts where nothing is; 100 lies farthest from its own.
  EXPECT_THAT(
      KMeansOnLine(std::vector{0.0, 1.0, 90.0, 100.0}, {0.0, 92.0, 40.0}),
      ElementsAre(0.5, 90.0, 100.0));
}

TEST(KMeansLineTest, FewerValuesThanCentresLeaveSomeOfThemAlike) {
  const std::vector<double> centers =
      KMeansOnLine(std::vector{5.0, 5.0, 5.0}, {5.0, 6.0, 7.0});
  EXPECT_EQ(centers[0], 5.0);
}

}  // namespace
}  // namespace tidemill
