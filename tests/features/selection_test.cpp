// VarianceThreshold, SelectKBest, SelectPercentile, SelectFromModel and
// DropDuplicateFeatures. Expected columns: scikit-learn 1.9.1.
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

TEST(VarianceThresholdTest, ConstantsGoWhateverRoundingMakesOfThem) {
  const Frame out =
      FitAndTransform("VarianceThreshold", {},
                      FrameOf({NumberColumn("constant", {0.1, 0.1, 0.1}),
                               NumberColumn("varies", {0.1, 0.1, 0.2}),
                               NumberColumn("missing", {kNaN, kNaN, kNaN})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("varies"));
}

TEST(VarianceThresholdTest, AVarianceThatOverflowsStaysBesideAFiniteOne) {
  const FrameColumn huge = NumberColumn("huge", {1.7e308, -1.7e308, 1.0});
  const Frame out =
      FitAndTransform("VarianceThreshold", {},
                      FrameOf({huge, NumberColumn("a", {1.0, 2.0, 4.0})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("huge", "a"));
  EXPECT_THROW(FitAndTransform("VarianceThreshold", {}, FrameOf({huge})),
               DataError);
}

TEST(VarianceThresholdTest, AVarianceAtTheThresholdGoes) {
  // Of 1 and 3 the variance is 1.
  const Frame out = FitAndTransform(
      "VarianceThreshold", Map({{"threshold", Number(1)}}),
      FrameOf({NumberColumn("a", {1.0, 3.0}), NumberColumn("b", {1.0, 3.5})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("b"));
}

FitContext Binary(const std::vector<double>& target) {
  FitContext context;
  context.target = target;
  context.task = Task::kBinary;
  return context;
}

TEST(SelectKBestTest, KeepsWhatTellsTheClassesApartInTheirOrder) {
  const std::vector<double> target = {0.0, 0.0, 1.0, 1.0};
  const Frame out =
      FitAndTransform("SelectKBest", Map({{"k", Number(2)}}),
                      FrameOf({NumberColumn("noise", {1.0, 2.0, 1.0, 2.0}),
                               NumberColumn("best", {1.0, 2.0, 8.0, 9.0}),
                               NumberColumn("good", {1.0, 3.0, 4.0, 5.0})}),
                      Binary(target));
  EXPECT_THAT(NamesOf(out), ElementsAre("best", "good"));
}

TEST(SelectKBestTest, MoreThanThereAreIsARemark) {
  const std::vector<double> target = {0.0, 1.0};
  std::vector<std::string> warnings;
  FitContext context = Binary(target);
  context.warnings = &warnings;
  Fitted("SelectKBest", {}, FrameOf({NumberColumn("a", {1.0, 2.0})}), context);
  EXPECT_THAT(warnings, ElementsAre("SelectKBest: k is 10, but only 1 columns "
                                    "are there"));
}

TEST(SelectPercentileTest, AHundredPercentAreAll) {
  const std::vector<double> target = {0.0, 1.0, 1.0};
  const Frame out =
      FitAndTransform("SelectPercentile", Map({{"percentile", Number(100)}}),
                      FrameOf({NumberColumn("a", {1.0, 1.0, 1.0}),
                               NumberColumn("b", {1.0, 2.0, 2.0})}),
                      Binary(target));
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b"));
}

/// Says that columns are worth 1, 2, 3 and so on.
class Rising final : public ImportanceFitter {
 public:
  std::vector<double> Fit(const std::string& /*model*/,
                          const ParameterValue& /*parameters*/,
                          const Frame& inputs,
                          const FitContext& /*context*/) const override {
    std::vector<double> importances;
    for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
      importances.push_back(static_cast<double>(i) + 1.0);
    }
    return importances;
  }
};

std::vector<std::string> KeptByModel(ParameterValue::Map parameters,
                                     const char* model = "Ridge") {
  const Rising rising;
  FitContext context;
  context.importances = &rising;
  parameters.emplace_back("estimator", Text(model));
  return NamesOf(FitAndTransform(
      "SelectFromModel", Map(std::move(parameters)),
      FrameOf({NumberColumn("a", {0.0}), NumberColumn("b", {0.0}),
               NumberColumn("c", {0.0}), NumberColumn("d", {0.0})}),
      context));
}

TEST(SelectFromModelTest, KeepsWhatReachesTheMeanUnlessTold) {
  EXPECT_THAT(KeptByModel({}), ElementsAre("c", "d"));
  EXPECT_THAT(KeptByModel({{"threshold", Number(2)}}),
              ElementsAre("b", "c", "d"));
  EXPECT_THAT(KeptByModel({{"threshold", Text("1.6*median")}}),
              ElementsAre("d"));
}

TEST(SelectFromModelTest, AnL1PenaltyKeepsWhateverIsNotNought) {
  EXPECT_THAT(KeptByModel({}, "Lasso"), ElementsAre("a", "b", "c", "d"));
}

TEST(SelectFromModelTest, MaxFeaturesTakesTheGreatestThatReachTheThreshold) {
  EXPECT_THAT(KeptByModel({{"max_features", Number(1)}}), ElementsAre("d"));
  EXPECT_THAT(KeptByModel({{"max_features", Number(3)}}),
              ElementsAre("c", "d"));
}

TEST(DropDuplicateFeaturesTest, OfEqualColumnsTheFirstStays) {
  const Frame out = FitAndTransform(
      "DropDuplicateFeatures", {},
      FrameOf({NumberColumn("a", {1.0, kNaN}), NumberColumn("b", {1.0, 2.0}),
               NumberColumn("c", {1.0, kNaN}),
               CategoryColumn("d", {"x", nullptr}),
               CategoryColumn("e", {"x", nullptr}),
               CategoryColumn("f", {"x", "x"})}));
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "b", "d", "f"));
}

TEST(DropDuplicateFeaturesTest, CategoriesAreComparedByText) {
  FrameColumn left = CategoryColumn("left", {"x", "y"});
  FrameColumn right = CategoryColumn("right", {"y", "x"});
  // Codes 0, 1 of other dictionaries.
  EXPECT_EQ(left.codes, right.codes);
  EXPECT_THAT(NamesOf(FitAndTransform("DropDuplicateFeatures", {},
                                      FrameOf({left, right}))),
              ElementsAre("left", "right"));
}

}  // namespace
}  // namespace tidemill
