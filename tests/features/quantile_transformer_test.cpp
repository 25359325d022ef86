// Expected numbers: scikit-learn 1.9.1, QuantileTransformer.
#include <cmath>
#include <functional>
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

constexpr const char* kName = "QuantileTransformer";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

const ParameterValue kNormal = Map({{"output_distribution", Text("normal")}});

TEST(QuantileTransformerTest, IsTheShareBelowInAStraightLine) {
  EXPECT_THAT(FittedOn({0.0, 10.0, 30.0}, kName, {}, {0.0, 5.0, 20.0, 30.0}),
              ElementsAre(0.0, 0.25, 0.75, 1.0));
}

TEST(QuantileTransformerTest, BeyondTheEndsIsTheEnd) {
  EXPECT_THAT(FittedOn({0.0, 10.0}, kName, {}, {-kInfinity, -1.0, 11.0}),
              ElementsAre(0.0, 0.0, 1.0));
}

TEST(QuantileTransformerTest, AFrequentValueIsTheMiddleOfItsShares) {
  // Quantiles 1, 5, 5, 5, 9 at 0, 1/4, 1/2, 3/4, 1.
  EXPECT_THAT(FittedOn({1.0, 5.0, 5.0, 5.0, 9.0}, kName, {}, {5.0}),
              ElementsAre(0.5));
}

TEST(QuantileTransformerTest, MissingStaysMissingAndDoesNotCount) {
  const std::vector<double> z =
      FittedOn({kNaN, 0.0, 10.0}, kName, {}, {kNaN, 5.0});
  EXPECT_TRUE(std::isnan(z[0]));
  EXPECT_EQ(z[1], 0.5);
}

TEST(QuantileTransformerTest, CanBeNormal) {
  const std::vector<double> z =
      FittedOn({0.0, 1.0}, kName, kNormal, {0.5, 0.975});
  EXPECT_EQ(z[0], 0.0);
  EXPECT_NEAR(z[1], 1.959963984540054, 1e-14);
}

TEST(QuantileTransformerTest, NormalEndsAreCutOff) {
  const std::vector<double> z =
      FittedOn({0.0, 1.0}, kName, kNormal, {0.0, 1.0, kInfinity});
  EXPECT_NEAR(z[0], -5.199337582605575, 1e-14);
  EXPECT_NEAR(z[1], 5.19933758270342, 1e-14);
  EXPECT_EQ(z[1], z[2]);
}

TEST(QuantileTransformerTest, AConstantIsAtBothEnds) {
  EXPECT_THAT(FittedOn({5.0, 5.0}, kName, {}, {4.0, 5.0, 6.0}),
              ElementsAre(0.0, 0.0, 1.0));
}

TEST(QuantileTransformerTest, DenormalsTooNearForALineMakeNoNumber) {
  const double least = std::numeric_limits<double>::denorm_min();
  EXPECT_THAT(FittedOn({0.0, 2.0 * least}, kName, {}, {least, 2.0 * least}),
              ElementsAre(testing::NanSensitiveDoubleEq(std::nan("")), 1.0));
}

TEST(QuantileTransformerTest, WarnsWhenItHasMoreQuantilesThanRows) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  FittedOn({1.0, 2.0}, kName, {}, {}, context);
  EXPECT_THAT(warnings,
              ElementsAre("QuantileTransformer: n_quantiles is 1000, more than "
                          "the rows; it becomes 2"));
}

TEST(QuantileTransformerTest, RefusesCountsThatAreNone) {
  EXPECT_THAT(ConfigureError(kName, Map({{"n_quantiles", Number(0.0)}})),
              HasSubstr("at least 1"));
  EXPECT_THAT(ConfigureError(kName, Map({{"subsample", Number(-1.0)}})),
              HasSubstr("at least 1"));
  EXPECT_THAT(ConfigureError(kName, Map({{"subsample", Number(10.0)}})),
              HasSubstr("a subsample of at least n_quantiles, 1000"));
}

std::string LoadErrorOf(const std::vector<double>& quantiles) {
  return LoadError(kName, [&](RawBytes& out) {
    out.Texts({"a"});
    out.U64(1);
    out.Doubles(quantiles);
    out.Bool(false);
  });
}

TEST(QuantileTransformerTest, LoadRefusesQuantilesThatFallOrAreNone) {
  const auto message = HasSubstr("quantiles that do not fall");
  EXPECT_THAT(LoadErrorOf({1.0, 0.0}), message);
  EXPECT_THAT(LoadErrorOf({}), message);
  EXPECT_THAT(LoadErrorOf({-1.7e308, 1.7e308}), message);
}

TEST(QuantileTransformerTest, LoadRefusesAnInfiniteQuantile) {
  EXPECT_THAT(LoadErrorOf({0.0, kInfinity}), HasSubstr("finite"));
}

}  // namespace
}  // namespace tidemill
