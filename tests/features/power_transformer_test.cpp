// Expected numbers: scikit-learn 1.9.1, PowerTransformer.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/raw_bytes.h"
#include "tidemill/features/power_transform.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kName = "PowerTransformer";

const ParameterValue kBoxCox = Map({{"method", Text("box-cox")}});

TEST(PowerTransformTest, BoxCoxIsAPowerShiftedAndScaled) {
  // (3^2 - 1) / 2.
  EXPECT_NEAR(PowerTransform(PowerMethod::kBoxCox, 2.0, 3.0), 4.0, 1e-15);
  EXPECT_EQ(PowerTransform(PowerMethod::kBoxCox, 0.0, 3.0), std::log(3.0));
}

TEST(PowerTransformTest, BoxCoxOfWhatIsNotPositiveIsInfinite) {
  for (const double x : {0.0, -1.0}) {
    EXPECT_TRUE(std::isinf(PowerTransform(PowerMethod::kBoxCox, 0.5, x))) << x;
  }
  EXPECT_TRUE(std::isnan(PowerTransform(PowerMethod::kBoxCox, 0.5, kNaN)));
}

TEST(PowerTransformTest, BoxCoxOverflowsOnlyWhereItsResultDoes) {
  // 1e160^2 / 2 is no double, (1e154.1)^2 / 2 is one though its power is not.
  EXPECT_TRUE(std::isinf(PowerTransform(PowerMethod::kBoxCox, 2.0, 1e160)));
  EXPECT_NEAR(PowerTransform(PowerMethod::kBoxCox, 2.0, 1.5e154) / 1.125e308,
              1.0, 1e-12);
}

TEST(PowerTransformTest, YeoJohnsonIsOneFormulaOnEachSideOf0) {
  // ((3 + 1)^2 - 1) / 2, and -((1 + 3)^(2 - 0.5) - 1) / (2 - 0.5).
  EXPECT_NEAR(PowerTransform(PowerMethod::kYeoJohnson, 2.0, 3.0), 7.5, 1e-14);
  EXPECT_NEAR(PowerTransform(PowerMethod::kYeoJohnson, 0.5, -3.0), -7.0 / 1.5,
              1e-14);
}

TEST(PowerTransformTest, YeoJohnsonIsALogAtItsTwoEdges) {
  EXPECT_EQ(PowerTransform(PowerMethod::kYeoJohnson, 0.0, 3.0),
            std::log1p(3.0));
  EXPECT_EQ(PowerTransform(PowerMethod::kYeoJohnson, 2.0, -3.0),
            -std::log1p(3.0));
}

TEST(PowerTransformerTest, FindsScikitLearnsLambda) {
  const std::vector<double> values = {1.0, 2.0, 3.0, 5.0, 9.0, 20.0, 41.0};
  EXPECT_NEAR(*BestLambda(PowerMethod::kYeoJohnson, values),
              -0.2718945081027719, 1e-6);
  EXPECT_NEAR(*BestLambda(PowerMethod::kBoxCox, values), -0.10226818104078249,
              1e-6);
}

TEST(PowerTransformerTest, StandardisesWhatItMade) {
  const std::vector<double> z =
      FittedOn({1.0, 2.0, 4.0}, kName, {}, {1.0, 2.0, 4.0});
  EXPECT_NEAR(z[0] + z[1] + z[2], 0.0, 1e-14);
  EXPECT_NEAR(z[0] * z[0] + z[1] * z[1] + z[2] * z[2], 3.0, 1e-14);
}

TEST(PowerTransformerTest, AConstantIsOnlyCentredAndWarnedOf) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  EXPECT_EQ(FittedOn({3.0, 3.0, kNaN}, kName, {}, {3.0}, context)[0], 0.0);
  EXPECT_THAT(warnings, ElementsAre("PowerTransformer: column 'a' is constant; "
                                    "its lambda is 1"));
}

TEST(PowerTransformerTest, NumbersNearTheGreatestDoubleHaveALambda) {
  for (const double z :
       FittedOn({1e300, 1e200, 1e100, 1.0}, kName, {}, {1e300, 1.0})) {
    EXPECT_LT(std::abs(z), 3.0);
  }
}

TEST(PowerTransformerTest, BoxCoxNeedsNumbersAbove0ThatDiffer) {
  EXPECT_EQ(FitError(kName, kBoxCox, {1.0, 0.0}),
            "PowerTransformer, column 'a': expected numbers > 0 for box-cox "
            "(yeo-johnson takes any), got one that is not");
  EXPECT_THAT(FitError(kName, kBoxCox, {2.0, 2.0}),
              HasSubstr("numbers that differ, for box-cox, got a constant"));
}

std::string LoadErrorOf(std::uint8_t method, double lambda, double scale) {
  return LoadError(kName, [&](RawBytes& out) {
    out.Texts({"a"});
    out.U64(1);
    out.U8(method);
    out.Double(lambda);
    out.Double(0.0);
    out.Double(scale);
  });
}

TEST(PowerTransformerTest, LoadRefusesWhatIsNoTransform) {
  EXPECT_THAT(LoadErrorOf(2, 1.0, 1.0), HasSubstr("2"));
  EXPECT_THAT(LoadErrorOf(0, kNaN, 1.0), HasSubstr("finite"));
  EXPECT_THAT(LoadErrorOf(0, 1.0, 0.0), HasSubstr("a scale > 0"));
}

}  // namespace
}  // namespace tidemill
