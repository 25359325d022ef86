// Expected numbers: scikit-learn 1.9.1, StandardScaler.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

std::vector<double> Scaled(const std::vector<double>& numbers,
                           const ParameterValue& parameters = {}) {
  return FitAndTransform("StandardScaler", parameters,
                         FrameOf({NumberColumn("a", numbers)}))
      .columns[0]
      .numbers;
}

TEST(StandardScalerTest, GivesScikitLearnsBits) {
  const std::vector<double> z = Scaled({1.0, 2.0, kNaN, 4.5, 10.0});
  EXPECT_EQ(z[0], -0.9673753912650251);
  EXPECT_EQ(z[1], -0.6807456457050176);
  EXPECT_EQ(z[3], 0.03582871819500093);
  EXPECT_EQ(z[4], 1.6122923187750418);
}

TEST(StandardScalerTest, DividesInsteadOfMultiplyingByTheInverse) {
  // Mean 0, deviation 10: 3 / 10 and 3 x (1 / 10) differ in the last bit.
  const StepPtr step =
      Fitted("StandardScaler", {}, FrameOf({NumberColumn("a", {-10.0, 10.0})}));
  const Frame out =
      Transformed(*step, FrameOf({NumberColumn("a", {3.0, 0.0})}));
  EXPECT_EQ(out.columns[0].numbers[0], 0.3);
  EXPECT_NE(3.0 * (1.0 / 10.0), 0.3);
}

TEST(StandardScalerTest, NaNStaysAndDoesNotCount) {
  const std::vector<double> z = Scaled({1.0, kNaN, 3.0});
  EXPECT_EQ(z[0], -1.0);
  EXPECT_TRUE(std::isnan(z[1]));
  EXPECT_EQ(z[2], 1.0);
}

TEST(StandardScalerTest, AConstantColumnIsOnlyCentred) {
  EXPECT_THAT(Scaled({5.0, 5.0, 5.0}), ElementsAre(0.0, 0.0, 0.0));
  const StepPtr step =
      Fitted("StandardScaler", {}, FrameOf({NumberColumn("a", {5.0, 5.0})}));
  EXPECT_EQ(Transformed(*step, FrameOf({NumberColumn("a", {7.0})}))
                .columns[0]
                .numbers[0],
            2.0);
}

TEST(StandardScalerTest, AColumnThatVariesByRoundingOnlyIsConstant) {
  for (const double z : Scaled(std::vector<double>(10, 0.1))) {
    EXPECT_NEAR(z, 0.0, 1e-15);
  }
}

TEST(StandardScalerTest, WarnsOfAConstantColumn) {
  std::vector<std::string> warnings;
  FitContext context;
  context.warnings = &warnings;
  Fitted("StandardScaler", {}, FrameOf({NumberColumn("a", {5.0, 5.0})}),
         context);
  EXPECT_THAT(warnings, ElementsAre("StandardScaler: column 'a' is constant; "
                                    "it is only centred"));
}

TEST(StandardScalerTest, AColumnWithoutValuesIsLeftAlone) {
  EXPECT_TRUE(std::isnan(Scaled({kNaN, kNaN})[0]));
  const StepPtr step =
      Fitted("StandardScaler", {}, FrameOf({NumberColumn("a", {kNaN})}));
  EXPECT_EQ(Transformed(*step, FrameOf({NumberColumn("a", {7.0})}))
                .columns[0]
                .numbers[0],
            7.0);
}

TEST(StandardScalerTest, MeanAndDeviationCanBeSwitchedOff) {
  EXPECT_THAT(Scaled({1.0, 3.0}, Map({{"with_mean", Truth(false)}})),
              ElementsAre(1.0, 3.0));
  EXPECT_THAT(Scaled({2.0, 6.0}, Map({{"with_std", Truth(false)}})),
              ElementsAre(-2.0, 2.0));
}

TEST(StandardScalerTest, NumbersWhoseSquaresOverflowAreAnError) {
  EXPECT_EQ(ThrownMessage<DataError>([] {
              Scaled({1e200, -1e200});
            }),
            "StandardScaler, column 'a': expected numbers whose squares are "
            "finite, got an overflow");
}

TEST(StandardScalerTest, RefusesACategory) {
  EXPECT_THROW(
      Fitted("StandardScaler", {}, FrameOf({CategoryColumn("c", {"x"})})),
      ConfigError);
}

}  // namespace
}  // namespace tidemill
