// Expected numbers: scikit-learn 1.9.1, MaxAbsScaler.
#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kName = "MaxAbsScaler";

TEST(MaxAbsScalerTest, DividesByTheGreatestAbsoluteValue) {
  EXPECT_THAT(FittedOn({1.0, -4.0, kNaN}, kName, {}, {1.0, -4.0, 6.0}),
              ElementsAre(0.25, -1.0, 1.5));
}

TEST(MaxAbsScalerTest, ClipsAtOneOnBothSides) {
  EXPECT_THAT(
      FittedOn({4.0}, kName, Map({{"clip", Truth(true)}}), {6.0, 2.0, -6.0}),
      ElementsAre(1.0, 0.5, -1.0));
}

TEST(MaxAbsScalerTest, AnInfinityIsNotClipped) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(FittedOn({4.0}, kName, Map({{"clip", Truth(true)}}),
                       {infinity, -infinity, 1e308}),
              ElementsAre(infinity, -infinity, 1.0));
}

TEST(MaxAbsScalerTest, ZerosAreLeftAlone) {
  EXPECT_THAT(FittedOn({0.0, 0.0}, kName, {}, {0.0, 3.0}),
              ElementsAre(0.0, 3.0));
}

TEST(MaxAbsScalerTest, MissingStaysMissingWhenClipped) {
  EXPECT_TRUE(std::isnan(
      FittedOn({4.0}, kName, Map({{"clip", Truth(true)}}), {kNaN})[0]));
}

TEST(MaxAbsScalerTest, LoadRefusesAScaleOf0) {
  EXPECT_THAT(LoadError(kName,
                        [](RawBytes& out) {
                          out.Texts({"a"});
                          out.U64(1);
                          out.Double(0.0);
                        }),
              HasSubstr("a scale > 0"));
}

}  // namespace
}  // namespace tidemill
