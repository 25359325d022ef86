#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/hostile_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/pipeline.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

constexpr std::string_view kName = "NumbersAsCategories";

TEST(NumbersAsCategoriesTest, NumbersThatTrainingSawAreCategoriesInOrder) {
  const StepPtr step = Fitted(
      kName, {}, FrameOf({NumberColumn("a", {2.0, 10.0, 0.5, kNaN, 2.0})}));
  const Frame made = Transformed(
      *step, FrameOf({NumberColumn("a", {10.0, 0.5, kNaN, 3.0, 2.0})}));
  EXPECT_EQ(made.columns[0].column.kind, ColumnKind::kCategory);
  EXPECT_THAT(made.columns[0].column.categories, ElementsAre("0.5", "2", "10"));
  EXPECT_THAT(TextsOf(made.columns[0]),
              ElementsAre("10", "0.5", "(missing)", "(unseen)", "2"));
}

TEST(NumbersAsCategoriesTest, ZeroHasNoSign) {
  const StepPtr step =
      Fitted(kName, {}, FrameOf({NumberColumn("a", {-0.0, 1.0})}));
  const Frame made =
      Transformed(*step, FrameOf({NumberColumn("a", {0.0, -0.0})}));
  EXPECT_THAT(TextsOf(made.columns[0]), ElementsAre("0", "0"));
}

TEST(NumbersAsCategoriesTest, OtherColumnsPassUnchanged) {
  const Frame made = FitAndTransform(
      kName, Map({{"variables", Text("b")}}),
      FrameOf({NumberColumn("a", {1.0}), NumberColumn("b", {2.0}),
               CategoryColumn("k", {"x"})}));
  EXPECT_THAT(NamesOf(made), ElementsAre("a", "b", "k"));
  EXPECT_EQ(made.columns[0].numbers, std::vector<double>{1.0});
  EXPECT_THAT(TextsOf(made.columns[1]), ElementsAre("2"));
}

TEST(NumbersAsCategoriesTest, AnEncoderBehindItWorksInThePlanToo) {
  const Frame frame = FrameOf({NumberColumn("a", {1.0, 2.0, 1.0})});
  const Pipeline pipeline = Pipeline::Fit(
      ConfigureSteps(List({Text("StandardScaler"), Text(std::string(kName)),
                           Text("OneHotEncoder")})),
      frame, {}, nullptr);
  Field field;
  field.name = "a";
  const Schema schema({field}, "", "");
  const Plan plan = pipeline.Compile(schema);
  EventBatch batch(schema);
  for (const double value : {2.0, 7.0, 1.0}) {
    const std::size_t row = batch.AppendRow();
    batch.numbers(0)[row] = value;
  }
  RowMatrix out(3, 2);
  Plan::Scratch scratch;
  plan.Run(batch, scratch, out);
  EXPECT_EQ(out, (RowMatrix{{0.0, 1.0}, {0.0, 0.0}, {1.0, 0.0}}));
  EXPECT_EQ(plan.origin(0).kind, FeatureOrigin::Kind::kDerived);
}

TEST(NumbersAsCategoriesTest, TablesThatAreNoneAreRefused) {
  const auto load = [](const std::vector<double>& numbers,
                       const std::vector<std::string>& texts) {
    return LoadedFrom(kName, [&](RawBytes& out) {
      out.Texts({"a"});
      out.U64s({0});
      out.U64(1);
      out.Doubles(numbers);
      out.Texts(texts);
    });
  };
  EXPECT_NO_THROW(load({1.0, 2.0}, {"1", "2"}));
  EXPECT_THROW(load({1.0, 2.0}, {"1"}), ArtifactError);
  EXPECT_THROW(load({2.0, 1.0}, {"1", "2"}), ArtifactError);
  EXPECT_THROW(load({1.0, 1.0}, {"1", "2"}), ArtifactError);
  EXPECT_THROW(load({1.0, kNaN}, {"1", "2"}), ArtifactError);
  EXPECT_THROW(load({1.0, 2.0}, {"1", "1"}), ArtifactError);
}

}  // namespace
}  // namespace tidemill
