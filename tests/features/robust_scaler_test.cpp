// Expected numbers: scikit-learn 1.9.1, RobustScaler.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kName = "RobustScaler";

ParameterValue Percentiles(double low, double high, bool unit_variance) {
  return Map({{"quantile_range", List({Number(low), Number(high)})},
              {"unit_variance", Truth(unit_variance)}});
}

// Median 3, quartiles 2 and 4.
const std::vector<double> kTrain = {1.0, 2.0, 3.0, kNaN, 4.0, 100.0};

TEST(RobustScalerTest, DividesByTheRangeBetweenTheQuartiles) {
  EXPECT_THAT(FittedOn(kTrain, kName, {}, {3.0, 4.0, 100.0}),
              ElementsAre(0.0, 0.5, 48.5));
}

TEST(RobustScalerTest, CentringAndScalingCanBeSwitchedOff) {
  EXPECT_THAT(
      FittedOn(kTrain, kName, Map({{"with_centering", Truth(false)}}), {3.0}),
      ElementsAre(1.5));
  EXPECT_THAT(
      FittedOn(kTrain, kName, Map({{"with_scaling", Truth(false)}}), {4.0}),
      ElementsAre(1.0));
}

TEST(RobustScalerTest, TakesOtherPercentiles) {
  EXPECT_THAT(
      FittedOn({0.0, 10.0}, kName, Percentiles(10.0, 90.0, false), {9.0}),
      ElementsAre(0.5));
}

TEST(RobustScalerTest, TheUnitCanBeThatOfANormalVariable) {
  EXPECT_NEAR(
      FittedOn(kTrain, kName, Map({{"unit_variance", Truth(true)}}), {5.0})[0],
      1.3489795003921634, 1e-15);
}

TEST(RobustScalerTest, AnEmptyRangeLeavesTheScaleAt1) {
  EXPECT_THAT(FittedOn({1.0, 5.0, 5.0, 5.0, 9.0}, kName, {}, {7.0}),
              ElementsAre(2.0));
}

TEST(RobustScalerTest, RefusesPercentilesThatAreNone) {
  EXPECT_THAT(ConfigureError(kName, Percentiles(-1.0, 50.0, false)),
              HasSubstr("percentiles from 0 to 100"));
  EXPECT_THAT(ConfigureError(kName, Percentiles(75.0, 25.0, false)),
              HasSubstr("low first"));
}

TEST(RobustScalerTest, RefusesAUnitOfNothingAndOfInfinity) {
  const auto message = HasSubstr("is not empty and leaves out 0 and 100");
  EXPECT_THAT(ConfigureError(kName, Percentiles(50.0, 50.0, true)), message);
  EXPECT_THAT(ConfigureError(kName, Percentiles(0.0, 50.0, true)), message);
}

TEST(RobustScalerTest, LoadRefusesAScaleOf0) {
  EXPECT_THAT(LoadError(kName,
                        [](RawBytes& out) {
                          out.Texts({"a"});
                          out.U64(1);
                          out.Double(1.0);
                          out.Double(0.0);
                        }),
              HasSubstr("a scale > 0"));
}

}  // namespace
}  // namespace tidemill
