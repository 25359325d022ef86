#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

ParameterValue Asked(ParameterValue func, ParameterValue::Map more = {}) {
  ParameterValue::Map all = {{"variables", List({Text("a"), Text("b")})},
                             {"func", std::move(func)}};
  all.insert(all.end(), more.begin(), more.end());
  return Map(std::move(all));
}

Frame Pairs() {
  return FrameOf(
      {NumberColumn("a", {1.0, 2.0}), NumberColumn("b", {5.0, 8.0})});
}

double Figure(const char* func) {
  return FitAndTransform("MathFeatures", Asked(Text(func)), Pairs())
      .columns[2]
      .numbers[0];
}

TEST(MathFeaturesTest, WorksOutFiguresOfARow) {
  EXPECT_EQ(Figure("sum"), 6.0);
  EXPECT_EQ(Figure("prod"), 5.0);
  EXPECT_EQ(Figure("mean"), 3.0);
  EXPECT_EQ(Figure("min"), 1.0);
  EXPECT_EQ(Figure("max"), 5.0);
  EXPECT_EQ(Figure("var"), 8.0);
  EXPECT_EQ(Figure("std"), std::sqrt(8.0));
  EXPECT_EQ(Figure("median"), 3.0);
}

TEST(MathFeaturesTest, NamesItselfAfterFunctionAndColumns) {
  EXPECT_THAT(
      NamesOf(FitAndTransform(
          "MathFeatures", Asked(List({Text("sum"), Text("max")})), Pairs())),
      ElementsAre("a", "b", "sum_a_b", "max_a_b"));
  EXPECT_THAT(NamesOf(FitAndTransform(
                  "MathFeatures",
                  Asked(Text("sum"), {{"new_variables_names", Text("total")},
                                      {"drop_original", Truth(true)}}),
                  Pairs())),
              ElementsAre("total"));
}

TEST(MathFeaturesTest, AMissingColumnMakesTheFigureMissing) {
  const StepPtr step = Fitted("MathFeatures", Asked(Text("sum")), Pairs());
  const Frame out = Transformed(
      *step, FrameOf({NumberColumn("a", {1.0}), NumberColumn("b", {kNaN})}));
  EXPECT_TRUE(std::isnan(out.columns[2].numbers[0]));
}

TEST(MathFeaturesTest, OrDoesNotCountWhenIgnored) {
  const Frame holes = FrameOf(
      {NumberColumn("a", {1.0, kNaN}), NumberColumn("b", {kNaN, kNaN})});
  const auto figures = [&](const char* func) {
    return FitAndTransform(
               "MathFeatures",
               Asked(Text(func), {{"missing_values", Text("ignore")}}), holes)
        .columns[2]
        .numbers;
  };
  EXPECT_THAT(figures("sum"), ElementsAre(1.0, 0.0));
  EXPECT_THAT(figures("prod"), ElementsAre(1.0, 1.0));
  EXPECT_EQ(figures("mean")[0], 1.0);
  EXPECT_TRUE(std::isnan(figures("mean")[1]));
  EXPECT_TRUE(std::isnan(figures("std")[0]));
}

TEST(MathFeaturesTest, RefusesMissingCellsUnlessIgnored) {
  EXPECT_EQ(
      ThrownMessage<DataError>([] {
        Fitted("MathFeatures", Asked(Text("sum")),
               FrameOf({NumberColumn("a", {1.0}), NumberColumn("b", {kNaN})}));
      }),
      "MathFeatures, column 'b': expected no missing cell (SimpleImputer "
      "before it fills them), got 1 of 1");
}

TEST(MathFeaturesTest, WantsANamePerFunction) {
  EXPECT_THROW(Configured("MathFeatures",
                          Asked(Text("sum"), {{"new_variables_names",
                                               List({Text("x"), Text("y")})}})),
               ConfigError);
}

TEST(MathFeaturesTest, AHostileCountIsRefused) {
  EXPECT_THROW(LoadedFrom("MathFeatures",
                          [](RawBytes& out) {
                            out.Texts({"a", "b"});
                            out.U64s({0, 1});
                            out.U64(~std::uint64_t{0});
                          }),
               ArtifactError);
}

}  // namespace
}  // namespace tidemill
