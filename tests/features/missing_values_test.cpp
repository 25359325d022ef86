#include <gtest/gtest.h>

#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(MissingValuesTest, OneValueBecomesMissingInEveryColumn) {
  const Frame made =
      FitAndTransform("MissingValues", Map({{"missing_value", Number(-999)}}),
                      FrameOf({NumberColumn("a", {1.0, -999.0, kNaN}),
                               NumberColumn("b", {-999.0, 0.0, -998.5})}));
  EXPECT_TRUE(SameBits(made.columns[0].numbers, {1.0, kNaN, kNaN}));
  EXPECT_TRUE(SameBits(made.columns[1].numbers, {kNaN, 0.0, -998.5}));
}

TEST(MissingValuesTest, ZeroIsTheDefaultAndHasNoSign) {
  const Frame made = FitAndTransform(
      "MissingValues", {}, FrameOf({NumberColumn("a", {0.0, -0.0, 5e-324})}));
  EXPECT_TRUE(SameBits(made.columns[0].numbers, {kNaN, kNaN, 5e-324}));
}

TEST(MissingValuesTest, InSinglePrecisionWhatRoundsToTheValueIsMissingToo) {
  const std::vector<double> column = {0.1, 0.1F, 0.10000000149, 0.1000001};
  const auto made = [&](bool single_precision) {
    return FitAndTransform("MissingValues",
                           Map({{"missing_value", Number(0.1)},
                                {"single_precision", Truth(single_precision)}}),
                           FrameOf({NumberColumn("a", column)}))
        .columns[0]
        .numbers;
  };
  EXPECT_TRUE(SameBits(made(true), {kNaN, kNaN, kNaN, 0.1000001}));
  EXPECT_TRUE(SameBits(made(false), {kNaN, 0.1F, 0.10000000149, 0.1000001}));
}

TEST(MissingValuesTest, ACategoryIsRefused) {
  EXPECT_THROW(
      Fitted("MissingValues", {}, FrameOf({CategoryColumn("k", {"x"})})),
      ConfigError);
}

}  // namespace
}  // namespace tidemill
