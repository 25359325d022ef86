#include <cmath>
#include <vector>

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

Frame TwoAndThree() {
  return FrameOf({NumberColumn("a", {2.0}), NumberColumn("b", {3.0})});
}

std::vector<double> Row(const Frame& frame) {
  std::vector<double> row;
  for (const FrameColumn& column : frame.columns) {
    row.push_back(column.numbers[0]);
  }
  return row;
}

TEST(PolynomialFeaturesTest, MakesAllProducts) {
  const Frame out = FitAndTransform("PolynomialFeatures", {}, TwoAndThree());
  EXPECT_THAT(NamesOf(out), ElementsAre("1", "a", "b", "a^2", "a b", "b^2"));
  EXPECT_THAT(Row(out), ElementsAre(1.0, 2.0, 3.0, 4.0, 6.0, 9.0));
}

TEST(PolynomialFeaturesTest, CanLeaveOutLowDegrees) {
  const Frame out =
      FitAndTransform("PolynomialFeatures",
                      Map({{"degree", List({Number(3), Number(3)})},
                           {"include_bias", Truth(false)}}),
                      TwoAndThree());
  EXPECT_THAT(NamesOf(out), ElementsAre("a^3", "a^2 b", "a b^2", "b^3"));
  EXPECT_THAT(Row(out), ElementsAre(8.0, 12.0, 18.0, 27.0));
}

TEST(PolynomialFeaturesTest, InteractionsHaveNoPowers) {
  const Frame out =
      FitAndTransform("PolynomialFeatures",
                      Map({{"interaction_only", Truth(true)}}), TwoAndThree());
  EXPECT_THAT(NamesOf(out), ElementsAre("1", "a", "b", "a b"));
}

TEST(PolynomialFeaturesTest, AProductIsWorkedOutFromItsLastColumn) {
  // 1e200 * 1e200 would be infinite.
  const Frame out = FitAndTransform(
      "PolynomialFeatures",
      Map({{"degree", Number(3)}, {"interaction_only", Truth(true)}}),
      FrameOf({NumberColumn("a", {1e200}), NumberColumn("b", {1e200}),
               NumberColumn("c", {1e-200})}));
  EXPECT_EQ(out.columns.back().column.name, "a b c");
  EXPECT_EQ(out.columns.back().numbers[0], 1e-200 * 1e200 * 1e200);
}

TEST(PolynomialFeaturesTest, MissingSpreadsToItsOwnProductsOnly) {
  const StepPtr step = Fitted("PolynomialFeatures", {}, TwoAndThree());
  const std::vector<double> row = Row(Transformed(
      *step, FrameOf({NumberColumn("a", {2.0}), NumberColumn("b", {kNaN})})));
  EXPECT_EQ(row[3], 4.0);
  EXPECT_TRUE(std::isnan(row[4]));
}

TEST(PolynomialFeaturesTest, RefusesMoreColumnsThanAPipelineMayHave) {
  EXPECT_THAT(ThrownMessage<ConfigError>([] {
                Fitted("PolynomialFeatures", Map({{"degree", Number(400)}}),
                       TwoAndThree());
              }),
              testing::HasSubstr("at most 65536 products"));
}

TEST(PolynomialFeaturesTest, AHostileDegreeIsRefused) {
  const auto load = [](std::uint32_t least, std::uint32_t most) {
    return LoadedFrom("PolynomialFeatures", [&](RawBytes& out) {
      out.Texts({"a", "b"});
      out.U32(least);
      out.U32(most);
      out.Bool(false);
      out.Bool(false);
    });
  };
  EXPECT_THROW(load(0, 1'000'000'000), ArtifactError);
  EXPECT_THROW(load(3, 2), ArtifactError);
  EXPECT_THROW(load(0, 1000)->Bind(SourcesOf(TwoAndThree())), ArtifactError);
}

}  // namespace
}  // namespace tidemill
