#include "tidemill/model/forest_walker.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "features/step_testing.h"
#include "model/small_forest.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/features/artifact_binary.h"

namespace tidemill {
namespace {

Forest ForestOf(std::vector<ForestTree> trees) {
  Forest forest;
  forest.num_features = 1;
  forest.trees = std::move(trees);
  return forest;
}

std::vector<double> Outputs(const Forest& forest, const RowMatrix& rows) {
  std::vector<double> outputs(static_cast<std::size_t>(rows.rows()) *
                              forest.num_outputs);
  ForestWalker(forest).Predict(rows, outputs);
  return outputs;
}

double Score(const Forest& forest, double feature) {
  return Outputs(forest, RowMatrix{{feature}})[0];
}

TEST(ForestWalkerTest, AFeatureUpToTheThresholdGoesLeft) {
  const Forest forest = ForestOf({ForestStump(2.0)});
  EXPECT_EQ(Score(forest, 1.5), -1.0);
  EXPECT_EQ(Score(forest, 2.0), -1.0);
  EXPECT_EQ(Score(forest, std::nextafter(2.0, 3.0)), 1.0);
}

TEST(ForestWalkerTest, DenormalsAndNegativeZeroAreNumbersLikeOthers) {
  const double least = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(Score(ForestOf({ForestStump(0.0)}), least), 1.0);
  EXPECT_EQ(Score(ForestOf({ForestStump(least)}), least), -1.0);
  EXPECT_EQ(Score(ForestOf({ForestStump(-0.0)}), 0.0), -1.0);
}

TEST(ForestWalkerTest, WithFloat32FeaturesTheyAreRoundedAndThresholdsAreNot) {
  Forest forest = ForestOf({ForestStump(0.1)});
  EXPECT_EQ(Score(forest, 0.1), -1.0);
  forest.float32_features = true;
  ASSERT_GT(static_cast<double>(0.1F), 0.1);
  EXPECT_EQ(Score(forest, 0.1), 1.0);
}

TEST(ForestWalkerTest, AMissingFeatureFollowsTheRuleOfTheSplit) {
  const auto score = [](double threshold, Missing missing) {
    return Score(ForestOf({ForestStump(threshold, missing)}), kNaN);
  };
  EXPECT_EQ(score(2.0, Missing::kRight), 1.0);
  EXPECT_EQ(score(2.0, Missing::kLeft), -1.0);
  EXPECT_EQ(score(2.0, Missing::kIsZero), -1.0);
  EXPECT_EQ(score(-2.0, Missing::kIsZero), 1.0);
  EXPECT_EQ(score(2.0, Missing::kZeroRight), 1.0);
  EXPECT_EQ(score(-2.0, Missing::kZeroLeft), -1.0);
}

TEST(ForestWalkerTest, AnInfiniteThresholdPartsTheMissingFromTheRest) {
  const Forest forest =
      ForestOf({ForestStump(std::numeric_limits<double>::infinity())});
  EXPECT_EQ(Score(forest, std::numeric_limits<double>::max()), -1.0);
  EXPECT_EQ(Score(forest, kNaN), 1.0);
}

TEST(ForestWalkerTest, ZerosMayTakeTheSideOfTheMissing) {
  const double bound = 1e-35F;  // LightGBM's, a float32 number
  const Forest right = ForestOf({ForestStump(2.0, Missing::kZeroRight)});
  const Forest left = ForestOf({ForestStump(-2.0, Missing::kZeroLeft)});
  for (const double x : {0.0, -0.0, bound, -bound}) {
    EXPECT_EQ(Score(right, x), 1.0) << x;
    EXPECT_EQ(Score(left, x), -1.0) << x;
  }
  const double beyond = std::nextafter(bound, 1.0);
  EXPECT_EQ(Score(right, beyond), -1.0);
  EXPECT_EQ(Score(left, -beyond), 1.0);
}

TEST(ForestWalkerTest, ACategoryOfTheSetGoesLeft) {
  const Forest forest = ForestOf({CategoryStump()});
  for (const double x : {0.0, 2.0, 33.0}) EXPECT_EQ(Score(forest, x), -1.0);
  for (const double x : {1.0, 3.0, 31.0, 32.0, 34.0, 63.0}) {
    EXPECT_EQ(Score(forest, x), 1.0) << x;
  }
}

TEST(ForestWalkerTest, ANumberBeyondTheSetGoesRight) {
  const Forest forest = ForestOf({CategoryStump(Missing::kLeft)});
  for (const double x : {-1.0, -1e300, 64.0, 4294967296.0, 1e300}) {
    EXPECT_EQ(Score(forest, x), 1.0) << x;
  }
}

TEST(ForestWalkerTest, ACategoryLosesItsFraction) {
  const Forest forest = ForestOf({CategoryStump()});
  EXPECT_EQ(Score(forest, 2.9), -1.0);
  EXPECT_EQ(Score(forest, -0.9), -1.0);
  EXPECT_EQ(Score(forest, 1.9), 1.0);
}

TEST(ForestWalkerTest, AMissingCategoryFollowsTheRuleOfTheSplit) {
  EXPECT_EQ(Score(ForestOf({CategoryStump(Missing::kRight)}), kNaN), 1.0);
  EXPECT_EQ(Score(ForestOf({CategoryStump(Missing::kLeft)}), kNaN), -1.0);
}

TEST(ForestWalkerTest, AnEmptySetHoldsNothing) {
  ForestTree tree = CategoryStump();
  tree.set_end = {3, 3};
  EXPECT_EQ(Score(ForestOf({tree}), 0.0), 1.0);
}

TEST(ForestWalkerTest, WalksSeveralLevels) {
  Forest forest = SmallForest();
  forest.trees.resize(1);
  RowMatrix rows = RowMatrix::Zero(4, 3);
  rows(0, 0) = kNaN;              // left
  rows(1, 0) = rows(2, 0) = 0.1;  // right
  rows(1, 2) = 0.5;               // left
  rows(2, 2) = 0.6;               // right
  EXPECT_EQ(Outputs(forest, rows), (std::vector<double>{-0.5, 1.5, 2.5, -0.5}));
}

TEST(ForestWalkerTest, ValuesAreAddedFromTheStartOnInTheTreesOrder) {
  // 1 + 2^-53 is 1, twice; 2^-53 + 2^-53 first would not be lost.
  Forest forest = ForestOf({LeafOnly({0x1p-53}), LeafOnly({0x1p-53})});
  forest.start = {1.0};
  EXPECT_EQ(Score(forest, 0.0), 1.0);
  forest.start = {0.0};
  forest.trees.push_back(LeafOnly({1.0}));
  EXPECT_EQ(Score(forest, 0.0), 1.0 + 0x1p-52);
}

TEST(ForestWalkerTest, TheSumIsDividedNotMultiplied) {
  // 3 * (1 / 10) is 0.30000000000000004.
  Forest forest = ForestOf({LeafOnly({3.0})});
  forest.divisor = 10.0;
  EXPECT_EQ(Score(forest, 0.0), 0.3);
}

TEST(ForestWalkerTest, ScaleAndBiasComeAfterTheDivisor) {
  Forest forest = ForestOf({LeafOnly({3.0})});
  forest.start = {1.0};
  forest.divisor = 2.0;
  forest.scale = 10.0;
  forest.bias = {0.5};
  EXPECT_EQ(Score(forest, 0.0), 20.5);
}

TEST(ForestWalkerTest, TheLinkComesLastAfterItsScale) {
  Forest forest = ForestOf({LeafOnly({0.25})});
  forest.bias = {0.25};
  forest.link_scale = 2.0;
  forest.link = Link::kLogistic;
  EXPECT_EQ(Score(forest, 0.0), 1.0 / (1.0 + std::exp(-1.0)));
}

TEST(ForestWalkerTest, WithoutTreesTheScoreIsTheStart) {
  Forest forest = ForestOf({});
  forest.start = {1.0};
  forest.link = Link::kExp2Negative;
  EXPECT_EQ(Score(forest, 0.0), 0.5);
}

Forest OfTwoOutputs(std::vector<ForestTree> trees) {
  Forest forest = ForestOf(std::move(trees));
  forest.num_outputs = 2;
  forest.start = {0.0, 100.0};
  forest.bias = {0.0, 1000.0};
  return forest;
}

TEST(ForestWalkerTest, EveryOutputHasItsOwnTreesByTurns) {
  const Forest forest = OfTwoOutputs(
      {ForestStump(0.0), ForestStump(10.0), LeafOnly({0.25}), LeafOnly({0.5})});
  EXPECT_EQ(Outputs(forest, RowMatrix{{5.0}, {11.0}}),
            (std::vector<double>{1.25, 1099.5, 1.25, 1101.5}));
}

TEST(ForestWalkerTest, ALeafMayHoldAValueForEveryOutput) {
  ForestTree tree = ForestStump(0.0);
  tree.value = {1.0, 2.0, 3.0, 4.0};
  Forest forest = OfTwoOutputs({tree, LeafOnly({0.25, 0.5}), tree});
  forest.values_per_leaf = 2;
  EXPECT_EQ(Outputs(forest, RowMatrix{{-1.0}, {1.0}}),
            (std::vector<double>{2.25, 1104.5, 6.25, 1108.5}));
}

TEST(ForestWalkerTest, ARowWithAMissingFeatureHasNoScoreWhereTheyAreRefused) {
  Forest forest = SmallForest();
  forest.takes_missing = false;
  RowMatrix rows = RowMatrix::Zero(2, 3);
  rows(0, 1) = kNaN;  // no split asks for it
  const std::vector<double> scores = Outputs(forest, rows);
  EXPECT_TRUE(std::isnan(scores[0]));
  EXPECT_FALSE(std::isnan(scores[1]));
}

/// Rows of three features, a tenth of them missing.
RowMatrix RandomRows(Eigen::Index count) {
  Random random(1);
  RowMatrix rows(count, 3);
  for (Eigen::Index i = 0; i < rows.size(); ++i) {
    rows.data()[i] =
        random.Uniform() < 0.1 ? kNaN : random.Uniform() * 4.0 - 2.0;
  }
  return rows;
}

TEST(ForestWalkerTest, ARowScoresTheSameWhateverStandsBesideIt) {
  const RowMatrix rows = RandomRows(200);
  const std::vector<double> together = Outputs(SmallForest(), rows);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    EXPECT_TRUE(SameBits(Outputs(SmallForest(), rows.row(i))[0],
                         together[static_cast<std::size_t>(i)]));
  }
}

TEST(ForestWalkerTest, ScoresNoMoreRowsThanAskedFor) {
  const ForestWalker walker(ForestOf({ForestStump(0.0)}));
  std::vector<double> scores(1);
  walker.Predict(RowMatrix{{1.0}, {-1.0}}, scores);
  EXPECT_EQ(scores[0], 1.0);
}

TEST(ForestWalkerTest, DoesNotAllocate) {
  const ForestWalker walker(SmallForest());
  const RowMatrix rows = RandomRows(100);
  std::vector<double> scores(100);
  const AllocationCounter allocations;
  walker.Predict(rows, scores);
  EXPECT_EQ(allocations.count(), 0U);
}

TEST(ForestWalkerTest, OnlyItsFeaturesMayBeInSinglePrecision) {
  Forest forest = SmallForest();
  EXPECT_FALSE(ForestWalker(forest).float32_features());
  forest.float32_features = true;
  EXPECT_TRUE(ForestWalker(forest).float32_features());
  EXPECT_FALSE(ForestWalker(forest).single_precision());
}

TEST(ForestWalkerTest, RefusesAnUnsoundForest) {
  Forest forest = SmallForest();
  forest.trees[0].right[0] = 0;
  EXPECT_THROW(ForestWalker{forest}, ArtifactError);
}

TEST(PredictorTest, AForestReadsBack) {
  BinaryWriter out;
  SavePredictor(ForestWalker(SmallForest()), out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const PredictorPtr loaded = LoadPredictor(in);
  const RowMatrix rows = RandomRows(50);
  std::vector<double> scores(50);
  loaded->Predict(rows, scores);
  EXPECT_EQ(loaded->family(), "forest");
  EXPECT_EQ(scores, Outputs(SmallForest(), rows));
}

}  // namespace
}  // namespace tidemill
