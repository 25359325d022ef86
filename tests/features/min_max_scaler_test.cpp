// Expected numbers: scikit-learn 1.9.1, MinMaxScaler.
#include <cmath>
#include <limits>
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

constexpr const char* kName = "MinMaxScaler";

ParameterValue Range(double low, double high) {
  return Map({{"feature_range", List({Number(low), Number(high)})}});
}

TEST(MinMaxScalerTest, SendsTheLeastTo0AndTheGreatestTo1) {
  EXPECT_THAT(FittedOn({2.0, 6.0, 4.0}, kName, {}, {2.0, 3.0, 6.0, 10.0}),
              ElementsAre(0.0, 0.25, 1.0, 2.0));
}

TEST(MinMaxScalerTest, TakesAnotherRange) {
  EXPECT_THAT(FittedOn({0.0, 4.0}, kName, Range(-1.0, 1.0), {0.0, 1.0, 4.0}),
              ElementsAre(-1.0, -0.5, 1.0));
}

TEST(MinMaxScalerTest, ClipsWhatTrainingHasNotSeen) {
  const ParameterValue clip = Map({{"clip", Truth(true)}});
  EXPECT_THAT(FittedOn({0.0, 4.0}, kName, clip, {-9.0, 1.0, 9.0}),
              ElementsAre(0.0, 0.25, 1.0));
}

TEST(MinMaxScalerTest, AnInfinityIsNotClipped) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(FittedOn({0.0, 4.0}, kName, Map({{"clip", Truth(true)}}),
                       {infinity, -infinity, 1e308}),
              ElementsAre(infinity, -infinity, 1.0));
}

TEST(MinMaxScalerTest, MissingStaysMissingAndDoesNotCount) {
  const std::vector<double> z = FittedOn(
      {kNaN, 2.0, 4.0}, kName, Map({{"clip", Truth(true)}}), {kNaN, 3.0});
  EXPECT_TRUE(std::isnan(z[0]));
  EXPECT_EQ(z[1], 0.5);
}

TEST(MinMaxScalerTest, AConstantBecomesTheLowEnd) {
  EXPECT_THAT(FittedOn({5.0, 5.0}, kName, {}, {5.0, 6.0}),
              ElementsAre(0.0, 1.0));
}

TEST(MinMaxScalerTest, WarnsOfAConstant) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  FittedOn({5.0, 5.0}, kName, {}, {}, context);
  EXPECT_THAT(warnings, ElementsAre("MinMaxScaler: column 'a' is constant"));
}

TEST(MinMaxScalerTest, ARangeThatOverflowsIsAnError) {
  EXPECT_EQ(FitError(kName, {}, {-1.7e308, 1.7e308}),
            "MinMaxScaler, column 'a': expected numbers whose range is finite, "
            "got an overflow");
}

TEST(MinMaxScalerTest, RefusesRangesThatAreNone) {
  EXPECT_THAT(ConfigureError(kName, Range(1.0, 0.0)), HasSubstr("low first"));
  EXPECT_THAT(ConfigureError(kName, Range(1.0, 1.0)),
              HasSubstr("two numbers that differ"));
  EXPECT_THAT(ConfigureError(kName, Map({{"feature_range", Number(1.0)}})),
              HasSubstr("a list of two numbers: [low, high]"));
}

std::string LoadErrorOf(double scale, double low, double high) {
  return LoadError(kName, [&](RawBytes& out) {
    out.Texts({"a"});
    out.U64(1);
    for (const double number : {scale, 0.0, low, high}) out.Double(number);
  });
}

TEST(MinMaxScalerTest, LoadRefusesAScaleThatFallsOrIsMissing) {
  EXPECT_THAT(LoadErrorOf(-1.0, 0.0, 1.0), HasSubstr("a scale >= 0"));
  EXPECT_THAT(LoadErrorOf(kNaN, 0.0, 1.0), HasSubstr("finite"));
}

TEST(MinMaxScalerTest, LoadRefusesBoundsThatDoNotRise) {
  EXPECT_THAT(LoadErrorOf(1.0, 1.0, 1.0), HasSubstr("bounds that rise"));
  EXPECT_THAT(LoadErrorOf(1.0, kNaN, 1.0), HasSubstr("bounds that rise"));
}

}  // namespace
}  // namespace tidemill
