#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/model/tree_walker.h"
#include "tidemill/training/booster.h"
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
  EXPECT_STREQ(
      error->what(),
      "here:1:13 (subsample): expected a number above 0 to 1, got 1.5");
}

TEST(XgboostTest, AnUnknownParameterNamesTheNearest) {
  EXPECT_EQ(MessageOf([] {
              FindModel("XGBRegressor", Task::kRegression, "here")
                  .configure(ParseYaml("{max_dept: 3}", "here"));
            }),
            "here:1:12 (max_dept): expected a known key (did you mean "
            "'max_depth'?), got 'max_dept'");
}

/// Features x rising and noise; a target that rises with x, loudly noised.
Rows NoisyLine(std::uint64_t seed) {
  Random random(seed);
  Rows rows{.features = RowMatrix(400, 2), .target = {}};
  for (Eigen::Index i = 0; i < 400; ++i) {
    rows.features(i, 0) = static_cast<double>(i) / 400.0;
    rows.features(i, 1) = random.Uniform();
    rows.target.push_back(rows.features(i, 0) + 2.0 * random.Uniform());
  }
  return rows;
}

/// How often the answer falls while x alone rises.
int CountFalls(const TrainedModel& model) {
  int falls = 0;
  RowMatrix line(200, 2);
  for (const double noise : {0.1, 0.5, 0.9}) {
    for (Eigen::Index i = 0; i < 200; ++i) {
      line(i, 0) = static_cast<double>(i) / 200.0;
      line(i, 1) = noise;
    }
    const std::vector<double> scores = model.library_scores(line);
    for (std::size_t i = 1; i < scores.size(); ++i) {
      falls += scores[i] < scores[i - 1] ? 1 : 0;
    }
  }
  return falls;
}

TrainedModel FitLine(const std::string& parameters) {
  const Rows rows = NoisyLine(3);
  return FitAlone("XGBRegressor", Task::kRegression, parameters, rows.features,
                  rows.target, FitExtras{.names = {"x", "noise"}});
}

TEST(XgboostTest, AMonotoneConstraintHoldsEverywhere) {
  EXPECT_GT(CountFalls(FitLine("{n_estimators: 50}")), 0);
  EXPECT_EQ(CountFalls(FitLine(
                "{n_estimators: 50, monotone_constraints: {x: 1, noise: 0}}")),
            0);
}

TEST(XgboostTest, AConstraintOfAnUnknownFeatureNamesTheNearest) {
  const auto error =
      ErrorOf([] { FitLine("{monotone_constraints: {nose: -1}}"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
  EXPECT_STREQ(error->what(),
               "test:1:31 (monotone_constraints.nose): expected a feature that "
               "reaches the model (did you mean 'noise'?), got 'nose'");
}

TEST(XgboostTest, AConstraintIsASign) {
  EXPECT_THAT(MessageOf([] { FitLine("{monotone_constraints: {x: 2}}"); }),
              testing::HasSubstr("expected -1, 0 or 1, got the number 2"));
}

std::size_t NumTrees(const TrainedModel& model) {
  return dynamic_cast<const TreeWalker&>(*model.predictor)
      .ensemble()
      .trees.size();
}

TEST(XgboostTest, EarlyStoppingKeepsTheTreesUpToTheBestRound) {
  // The rounds are the same whatever the patience: the more of it, the later
  // a best round may come, and a round that was best stays in.
  const std::size_t soon =
      NumTrees(FitLine("{n_estimators: 300, early_stopping_rounds: 1}"));
  const std::size_t late =
      NumTrees(FitLine("{n_estimators: 300, early_stopping_rounds: 50}"));
  EXPECT_GE(soon, 1U);
  EXPECT_LE(soon, late);
  EXPECT_LT(late, 250U);
  // Stopped there by hand, the same rows give the same trees.
  const TrainedModel cut =
      FitLine("{n_estimators: " + std::to_string(late) +
              ", early_stopping_rounds: " + std::to_string(late) + "}");
  EXPECT_EQ(NumTrees(cut), late);
}

TEST(XgboostTest, EarlyStoppingCutsWholeRoundsOfEveryClass) {
  const Rows train = MakeRows(600, Task::kMulticlass, 1);
  const TrainedModel model = FitAlone(
      "XGBClassifier", Task::kMulticlass,
      "{n_estimators: 200, learning_rate: 1, early_stopping_rounds: 5, "
      "eval_metric: merror}",
      train.features, train.target);
  EXPECT_EQ(NumTrees(model) % 3, 0U);
  EXPECT_LT(NumTrees(model), 600U);
  std::vector<double> ours(3 * 600);
  model.predictor->Predict(train.features, ours);
  EXPECT_EQ(ours, model.library_scores(train.features));
}

TEST(XgboostTest, AnAreaUnderTheCurveIsBestWhenGreatest) {
  const Rows train = MakeRows(600, Task::kBinary, 1);
  const TrainedModel model =
      FitAlone("XGBClassifier", Task::kBinary,
               "{n_estimators: 50, max_depth: 1, early_stopping_rounds: "
               "10, eval_metric: auc}",
               train.features, train.target);
  // The first round ranks worse than those after it.
  EXPECT_GT(NumTrees(model), 1U);
}

TEST(XgboostTest, AShareToValidateOnNeedsEarlyStopping) {
  EXPECT_THAT(MessageOf([] { FitLine("{validation_fraction: 0.2}"); }),
              testing::HasSubstr("expected validation_fraction only with "
                                 "early_stopping_rounds"));
}

TEST(XgboostTest, TooFewRowsToValidateOnAreRefused) {
  const RowMatrix features{{1.0}, {2.0}, {3.0}};
  EXPECT_EQ(MessageOf([&] {
              FitAlone("XGBClassifier", Task::kBinary,
                       "{early_stopping_rounds: 2}", features, {0.0, 0.0, 1.0});
            }),
            "early stopping: expected at least 2 rows of each class, got 1");
}

TEST(XgboostTest, AWeightOfTwoIsTheRowTwice) {
  const Rows rows = NoisyLine(4);
  std::vector<double> weights(400, 1.0);
  RowMatrix twice(500, 2);
  twice.topRows(400) = rows.features;
  std::vector<double> target = rows.target;
  for (Eigen::Index i = 0; i < 100; ++i) {
    weights[static_cast<std::size_t>(i)] = 2.0;
    twice.row(400 + i) = rows.features.row(i);
    target.push_back(rows.target[static_cast<std::size_t>(i)]);
  }
  // Exact splits: hist would put its bins elsewhere.
  const std::string parameters = "{n_estimators: 10, tree_method: exact}";
  const TrainedModel weighted =
      FitAlone("XGBRegressor", Task::kRegression, parameters, rows.features,
               rows.target, FitExtras{.weights = weights});
  const TrainedModel repeated =
      FitAlone("XGBRegressor", Task::kRegression, parameters, twice, target);
  const std::vector<double> a = weighted.library_scores(rows.features);
  const std::vector<double> b = repeated.library_scores(rows.features);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4);
}

TEST(XgboostTest, PositiveRowsMayWeighMore) {
  const Rows train = MakeRows(600, Task::kBinary, 1);
  const auto mean = [&](const std::string& parameters) {
    const std::vector<double> scores =
        FitAlone("XGBClassifier", Task::kBinary, parameters, train.features,
                 train.target)
            .library_scores(train.features);
    return std::accumulate(scores.begin(), scores.end(), 0.0);
  };
  EXPECT_GT(mean("{n_estimators: 5, max_depth: 2, scale_pos_weight: 5}"),
            mean("{n_estimators: 5, max_depth: 2}"));
}

TEST(XgboostTest, ColumnsMayBeDrawnPerLevelAndNode) {
  const Rows train = MakeRows(600, Task::kRegression, 1);
  const auto fit = [&](const std::string& parameters) {
    return FitAlone("XGBRegressor", Task::kRegression, parameters,
                    train.features, train.target)
        .library_scores(train.features);
  };
  const std::vector<double> all = fit("{n_estimators: 3}");
  EXPECT_NE(fit("{n_estimators: 3, colsample_bylevel: 0.4}"), all);
  EXPECT_NE(fit("{n_estimators: 3, colsample_bynode: 0.4}"), all);
}

TEST(XgboostTest, TooManyTreesForTheClassesAreRefused) {
  const Rows train = MakeRows(50, Task::kMulticlass, 1);
  EXPECT_EQ(MessageOf([&] {
              FitAlone("XGBClassifier", Task::kMulticlass,
                       "{n_estimators: 40000}", train.features, train.target);
            }),
            "test, n_estimators: expected at most 33333, for every round "
            "grows 3 trees, got 40000");
}

TEST(XgboostTest, AnInfinityIsRefusedByXgboost) {
  RowMatrix features{{1.0}, {std::numeric_limits<double>::infinity()}};
  EXPECT_TRUE(ErrorOf([&] { XgboostMatrix(features, 1); }));
}

}  // namespace
}  // namespace tidemill
