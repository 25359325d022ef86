#include "tidemill/features/b_spline.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

/// Cubic, over the knots -3 to 7: whole on [0, 4].
BSpline Cubic() {
  return {{-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}, 3};
}

TEST(BSplineTest, OfWholeKnotsTheCubicOneIsOneFourOneSixths) {
  std::vector<double> values(4);
  EXPECT_EQ(Cubic().Values(2.0, values), 2U);
  EXPECT_THAT(values, ElementsAre(DoubleEq(1.0 / 6.0), DoubleEq(4.0 / 6.0),
                                  DoubleEq(1.0 / 6.0), 0.0));
}

TEST(BSplineTest, SlopesAreDerivatives) {
  std::vector<double> values(4);
  EXPECT_EQ(Cubic().Slopes(2.0, values), 2U);
  EXPECT_THAT(values, ElementsAre(-0.5, 0.0, 0.5, 0.0));
}

TEST(BSplineTest, KnowsItsEnds) {
  EXPECT_EQ(Cubic().low(), 0.0);
  EXPECT_EQ(Cubic().high(), 4.0);
  EXPECT_EQ(Cubic().num_splines(), 7U);
}

TEST(BSplineTest, BeyondTheEndsTheOutermostPiecesGoOn) {
  std::vector<double> values(4);
  EXPECT_EQ(Cubic().Values(-100.0, values), 0U);
  EXPECT_EQ(Cubic().Values(100.0, values), 3U);
}

TEST(BSplineTest, EqualKnotsMakeNoNumbersThatAreNone) {
  const BSpline spline({1.0, 1.0, 1.0, 1.0}, 1);
  std::vector<double> values(2);
  spline.Values(1.0, values);
  EXPECT_THAT(values, ElementsAre(0.0, 0.0));
}

}  // namespace
}  // namespace tidemill
