#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(StepRegistryTest, KnowsTheStepsThatTheServicesNeed) {
  EXPECT_THAT(StepNames(),
              testing::IsSupersetOf(
                  {"ColumnTransformer", "DatetimeFeatures", "DropColumns",
                   "HaversineDistance", "OneHotEncoder", "SelectColumns",
                   "SimpleImputer", "StandardScaler", "TargetEncoder"}));
}

TEST(StepRegistryTest, AnUnknownStepNamesTheNearest) {
  EXPECT_EQ(
      ThrownMessage<ConfigError>([] { FindStep("StandardScalar", "f:3"); }),
      "f:3: expected a known step (did you mean 'StandardScaler'?), got "
      "'StandardScalar'");
}

TEST(ConfigureStepsTest, AStepIsANameOrANameWithParameters) {
  EXPECT_EQ(ConfigureSteps(List({Text("StandardScaler"),
                                 Map({{"SimpleImputer", Map({})}})}))
                .size(),
            2U);
}

TEST(ConfigureStepsTest, AParameterOutOfItsRangeIsPlacedItself) {
  struct Wrong {
    const char* step;
    const char* name;
    ParameterValue value;
  };
  const std::vector<Wrong> all = {
      {"TargetEncoder", "cv", Number(1)},
      {"RareLabelEncoder", "tol", Number(2)},
      {"SelectPercentile", "percentile", Number(0)},
      {"VarianceThreshold", "threshold", Number(-1)},
      {"SplineTransformer", "degree", Number(-1)},
      {"TruncatedSVD", "n_components", Number(0)},
      {"DatetimeFeatures", "features_to_extract", List({Text("moon")})},
      {"MissingIndicator", "error_on_new", Truth(true)}};
  for (const auto& [step, name, value] : all) {
    ParameterValue placed = value;
    placed.where = "f:9:7";
    ParameterValue parameters = Map({{name, placed}});
    parameters.where = "f:8:3";
    EXPECT_THAT(
        ThrownMessage<ConfigError>([&] { Configured(step, parameters); }),
        testing::StartsWith("f:9:7: expected"))
        << step;
  }
}

TEST(ConfigureStepsTest, NothingIsNoSteps) {
  EXPECT_TRUE(ConfigureSteps({}).empty());
}

TEST(ConfigureStepsTest, RefusesWhatIsNoListOfSteps) {
  EXPECT_THROW(ConfigureSteps(Text("StandardScaler")), ConfigError);
  EXPECT_THROW(ConfigureSteps(List({Number(1)})), ConfigError);
  EXPECT_THROW(ConfigureSteps(List({Map({{"SimpleImputer", Map({})},
                                         {"StandardScaler", Map({})}})})),
               ConfigError);
}

TEST(FitStepsTest, EachStepLearnsFromTheOneBefore) {
  const std::vector<EstimatorPtr> estimators =
      ConfigureSteps(List({Text("SimpleImputer"), Text("StandardScaler")}));
  Frame output;
  FitSteps(estimators, FrameOf({NumberColumn("a", {1.0, kNaN, 3.0})}), {},
           &output);
  // Imputed to 1, 2, 3 first: the mean row is exactly 0 after scaling.
  EXPECT_EQ(output.columns[0].numbers[1], 0.0);
}

TEST(BindStepsTest, RefusesColumnsTheStepWasNotFittedOn) {
  const StepPtr step =
      Fitted("StandardScaler", {}, FrameOf({NumberColumn("a", {1.0, 2.0})}));
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] {
              Transformed(*step, FrameOf({NumberColumn("b", {1.0})}));
            }),
            "step StandardScaler: expected column 'a', got 'b'");
  EXPECT_THROW(Transformed(*step, FrameOf({CategoryColumn("a", {"x"})})),
               ArtifactError);
  EXPECT_THROW(Transformed(*step, FrameOf({NumberColumn("a", {1.0}),
                                           NumberColumn("b", {1.0})})),
               ArtifactError);
}

TEST(FitStepsTest, RefusesColumnsOfOneName) {
  // A category "x_y" of c and a category "y" of c_x.
  const Frame frame = FrameOf(
      {CategoryColumn("c", {"x_y", "b"}), CategoryColumn("c_x", {"y", "b"})});
  const std::vector<EstimatorPtr> steps =
      ConfigureSteps(List({Text("OneHotEncoder")}));
  EXPECT_EQ(ThrownMessage<ConfigError>(
                [&] { FitSteps(steps, frame, FitContext{}, nullptr); }),
            "pipeline, OneHotEncoder: expected columns with distinct names "
            "(rename a field, or drop one of the two), got 'c_x_y' twice");
}

}  // namespace
}  // namespace tidemill
