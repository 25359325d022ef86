#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/model/tree_walker.h"
#include "tidemill/training/booster.h"
#include "tidemill/training/xgboost_trees.h"
#include "training/training_testing.h"

namespace tidemill {
namespace {

/// Rows with a nonlinear truth; every seventh value or so is missing.
struct Rows {
  RowMatrix features;
  std::vector<double> target;
};

Rows MakeRows(Eigen::Index count, Task task, std::uint64_t seed) {
  constexpr Eigen::Index kFeatures = 8;
  Random random(seed);
  Rows rows{.features = RowMatrix(count, kFeatures), .target = {}};
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index j = 0; j < kFeatures; ++j) {
      rows.features(i, j) = random.Below(7) == 0
                                ? std::numeric_limits<double>::quiet_NaN()
                                : 20.0 * random.Uniform() - 10.0;
    }
    const double x = rows.features(i, 0);
    const double y = (std::isnan(x) ? 3.0 : x) +
                     std::sin(rows.features(i, 1) > 0.0 ? 1.0 : 2.0) +
                     4.0 * random.Uniform();
    rows.target.push_back(task == Task::kRegression ? y
                          : task == Task::kBinary   ? (y > 2.0 ? 1.0 : 0.0)
                          : y > 5.0                 ? 2.0
                          : y > 0.0                 ? 1.0
                                                    : 0.0);
  }
  return rows;
}

/// How many of the outputs our walker gets otherwise than XGBoost.
int CountDifferences(Task task, const std::string& parameters) {
  const Rows train = MakeRows(3000, task, 1);
  const TrainedModel model =
      FitAlone(task == Task::kRegression ? "XGBRegressor" : "XGBClassifier",
               task, parameters, train.features, train.target);
  const Rows test = MakeRows(20'000, task, 2);
  const std::vector<double> theirs = model.library_scores(test.features);
  std::vector<double> ours(theirs.size());
  model.predictor->Predict(test.features, ours);
  int differences = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] != theirs[i]) ++differences;
  }
  return differences;
}

class SameScoresTest : public testing::TestWithParam<const char*> {};

TEST_P(SameScoresTest, InRegression) {
  EXPECT_EQ(CountDifferences(Task::kRegression, GetParam()), 0);
}

TEST_P(SameScoresTest, InClassification) {
  EXPECT_EQ(CountDifferences(Task::kBinary, GetParam()), 0);
}

TEST_P(SameScoresTest, InClassificationOfThree) {
  EXPECT_EQ(CountDifferences(Task::kMulticlass, GetParam()), 0);
}

INSTANTIATE_TEST_SUITE_P(
    XgboostTest, SameScoresTest,
    testing::Values("{n_estimators: 1, max_depth: 1}",
                    "{n_estimators: 200, max_depth: 6, learning_rate: 0.1}",
                    "{n_estimators: 20, max_depth: 30, min_child_weight: 0}",
                    "{n_estimators: 30, gamma: 2, subsample: 0.6}",
                    "{n_estimators: 20, tree_method: exact}",
                    "{n_estimators: 20, max_depth: 0, max_leaves: 64, "
                    "grow_policy: lossguide}",
                    "{n_estimators: 5, base_score: 0.123456789}"));

TEST(XgboostTest, PruningMakesTreesWithOnlyARoot) {
  const Rows train = MakeRows(500, Task::kRegression, 1);
  const TrainedModel model =
      FitAlone("XGBRegressor", Task::kRegression,
               "{n_estimators: 3, gamma: 1.0e+9, tree_method: exact}",
               train.features, train.target);
  const auto& walker = dynamic_cast<const TreeWalker&>(*model.predictor);
  ASSERT_EQ(walker.ensemble().trees.size(), 3U);
  EXPECT_EQ(walker.ensemble().trees[0].size(), 1U);
}

TEST(XgboostTest, ThreeClassesHaveThreeProbabilitiesThatSumToOne) {
  const Rows train = MakeRows(500, Task::kMulticlass, 1);
  const TrainedModel model =
      FitAlone("XGBClassifier", Task::kMulticlass, "{n_estimators: 5}",
               train.features, train.target);
  ASSERT_EQ(model.predictor->num_outputs(), 3U);
  std::vector<double> outputs(3 * 500);
  model.predictor->Predict(train.features, outputs);
  for (std::size_t i = 0; i < outputs.size(); i += 3) {
    EXPECT_NEAR(outputs[i] + outputs[i + 1] + outputs[i + 2], 1.0, 1e-6);
  }
}

TEST(XgboostTest, AColumnWithoutValuesIsTaken) {
  Rows train = MakeRows(500, Task::kRegression, 1);
  train.features.col(3).setConstant(std::numeric_limits<double>::quiet_NaN());
  const TrainedModel model =
      FitAlone("XGBRegressor", Task::kRegression, "{n_estimators: 5}",
               train.features, train.target);
  std::vector<double> ours(500);
  model.predictor->Predict(train.features, ours);
  EXPECT_EQ(ours, model.library_scores(train.features));
}

TEST(XgboostTest, TheBaseScoreIsTheMeanOfTheTarget) {
  const RowMatrix features{{1.0}, {1.0}, {1.0}, {1.0}};
  const TrainedModel model =
      FitAlone("XGBRegressor", Task::kRegression,
               "{n_estimators: 1, min_child_weight: 100}", features,
               {1.0, 2.0, 3.0, 6.0});
  EXPECT_THAT(model.library_scores(features), testing::Each(3.0));
}

TEST(XgboostTest, AParameterOutOfBoundsIsABadConfig) {
  const auto error = ErrorOf([] {
    FindModel("XGBRegressor", Task::kRegression, "here")
        .configure(ParseYaml("{subsample: 1.5}", "here"));
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
  EXPECT_STREQ(error->what(),
               "here, subsample: expected a number above 0 to 1, got 1.5");
}

TEST(XgboostTest, AnUnknownParameterNamesTheNearest) {
  EXPECT_EQ(MessageOf([] {
              FindModel("XGBRegressor", Task::kRegression, "here")
                  .configure(ParseYaml("{max_dept: 3}", "here"));
            }),
            "here:1:12 (max_dept): expected a known key (did you mean "
            "'max_depth'?), got 'max_dept'");
}

TEST(XgboostTest, AnInfinityIsRefusedByXgboost) {
  RowMatrix features{{1.0}, {std::numeric_limits<double>::infinity()}};
  EXPECT_TRUE(ErrorOf([&] { XgboostMatrix(features, 1); }));
}

TEST(XgboostTreesTest, BytesThatAreNoModelAreRefused) {
  const auto error = ErrorOf([] { ReadXgboostTrees("nonsense"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadData);
}

}  // namespace
}  // namespace tidemill
