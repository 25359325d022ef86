#include "tidemill/model/tree_walker.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "features/step_testing.h"
#include "model/small_artifact.h"

namespace tidemill {
namespace {

/// One split of feature 0 at `threshold`: below it -1, else 1.
Tree Stump(float threshold, bool default_left) {
  return {.feature = {0, 0, 0},
          .left = {1, -1, -1},
          .right = {2, -1, -1},
          .value = {threshold, -1.0F, 1.0F},
          .default_left = {static_cast<std::uint8_t>(default_left), 0, 0}};
}

TreeEnsemble EnsembleOf(std::vector<Tree> trees, float base_margin = 0.0F,
                        Link link = Link::kIdentity) {
  TreeEnsemble ensemble;
  ensemble.num_features = 1;
  ensemble.base_margins = {base_margin};
  ensemble.link = link;
  ensemble.trees = std::move(trees);
  return ensemble;
}

double Score(const TreeEnsemble& ensemble, double feature) {
  std::vector<double> score(1);
  TreeWalker(ensemble).Predict(RowMatrix{{feature}}, score);
  return score[0];
}

TEST(TreeWalkerTest, AFeatureBelowTheThresholdGoesLeft) {
  const TreeEnsemble ensemble = EnsembleOf({Stump(2.0F, false)});
  EXPECT_EQ(Score(ensemble, 1.5), -1.0);
  EXPECT_EQ(Score(ensemble, 2.0), 1.0);
  EXPECT_EQ(Score(ensemble, 2.5), 1.0);
}

TEST(TreeWalkerTest, AMissingFeatureGoesToTheDefaultSide) {
  EXPECT_EQ(Score(EnsembleOf({Stump(2.0F, true)}), kNaN), -1.0);
  EXPECT_EQ(Score(EnsembleOf({Stump(2.0F, false)}), kNaN), 1.0);
}

TEST(TreeWalkerTest, FeaturesAreRoundedToFloat32First) {
  // In float64 0.1 is below 0.1F; as float32 it is equal, and goes right.
  const TreeEnsemble ensemble = EnsembleOf({Stump(0.1F, false)});
  ASSERT_LT(0.1, static_cast<double>(0.1F));
  EXPECT_EQ(Score(ensemble, 0.1), 1.0);
}

TEST(TreeWalkerTest, WalksSeveralLevels) {
  TreeEnsemble ensemble = SmallTrees();
  ensemble.trees.resize(1);
  const TreeWalker walker(ensemble);
  RowMatrix rows = RowMatrix::Zero(4, kSmallFeatures);
  rows(0, 0) = -0.1;  // left
  rows(1, 2) = 0.0;   // right, left
  rows(2, 2) = 1.0;   // right, right
  rows(3, 2) = kNaN;  // right, missing: right
  std::vector<double> scores(4);
  walker.Predict(rows, scores);
  EXPECT_EQ(scores, (std::vector<double>{-0.5, 1.5, 2.5, 2.5}));
}

TEST(TreeWalkerTest, MarginsAreAddedInFloat32FromTheBaseOn) {
  // 1 + 2^-24 is 1 in float32, twice; 2^-24 + 2^-24 first would not be lost.
  Tree leaf{.feature = {0},
            .left = {-1},
            .right = {-1},
            .value = {0x1p-24F},
            .default_left = {0}};
  EXPECT_EQ(Score(EnsembleOf({leaf, leaf}, 1.0F), 0.0), 1.0);
}

TEST(TreeWalkerTest, WithoutTreesTheScoreIsTheBase) {
  EXPECT_EQ(Score(EnsembleOf({}, 0.25F), 0.0), 0.25);
}

TEST(TreeWalkerTest, TheLogisticLinkIsInFloat32) {
  const double score =
      Score(EnsembleOf({Stump(0.0F, true)}, 0.0F, Link::kLogistic), 1.0);
  EXPECT_EQ(score, static_cast<double>(1.0F / (1.0F + std::exp(-1.0F))));
}

TEST(TreeWalkerTest, EveryOutputHasItsOwnTrees) {
  TreeEnsemble ensemble = EnsembleOf({Stump(0.0F, true), Stump(0.0F, true),
                                      Stump(10.0F, true), Stump(10.0F, true)},
                                     0.5F, Link::kSoftmax);
  ensemble.base_margins = {0.5F, 0.5F};
  ensemble.trees[2].output = 1;
  ensemble.trees[3].output = 1;
  std::vector<double> outputs(4);
  TreeWalker(ensemble).Predict(RowMatrix{{5.0}, {11.0}}, outputs);
  // Margins 2.5 and -1.5, then 2.5 and 2.5.
  const float less = std::exp(-4.0F);
  EXPECT_EQ(outputs[0], static_cast<double>(1.0F / (1.0F + less)));
  EXPECT_EQ(outputs[1], static_cast<double>(less / (1.0F + less)));
  EXPECT_EQ(outputs[2], 0.5);
  EXPECT_EQ(outputs[3], 0.5);
}

TEST(TreeWalkerTest, IsWalkedInSinglePrecision) {
  EXPECT_TRUE(TreeWalker(SmallTrees()).single_precision());
}

TEST(TreeWalkerTest, EveryOutputHasItsOwnBase) {
  TreeEnsemble ensemble = EnsembleOf({Stump(0.0F, true)});
  ensemble.base_margins = {0.25F, 8.0F};
  std::vector<double> outputs(2);
  TreeWalker(ensemble).Predict(RowMatrix{{1.0}}, outputs);
  EXPECT_EQ(outputs, (std::vector<double>{1.25, 8.0}));
}

TEST(TreeWalkerTest, ALeafCountsByItsTreesWeight) {
  TreeEnsemble ensemble = EnsembleOf({Stump(0.0F, true)}, 1.0F);
  ensemble.trees[0].weight = 0.1F;
  EXPECT_EQ(Score(ensemble, 1.0), static_cast<double>(1.0F + 1.0F * 0.1F));
}

/// A stump that sends the categories to the right, where it says 1.
TreeEnsemble CategoryStump(std::vector<std::int32_t> categories,
                           bool default_left) {
  Tree tree = Stump(0.0F, default_left);
  const auto count = static_cast<std::int32_t>(categories.size());
  tree.category_begin = {0, count, count, count};
  tree.categories = std::move(categories);
  return EnsembleOf({tree});
}

TEST(TreeWalkerTest, ACategoryOfTheSplitGoesRight) {
  const TreeEnsemble ensemble = CategoryStump({1, 3, 700}, false);
  EXPECT_EQ(Score(ensemble, 1.0), 1.0);
  EXPECT_EQ(Score(ensemble, 700.0), 1.0);
  EXPECT_EQ(Score(ensemble, 2.0), -1.0);
}

TEST(TreeWalkerTest, ACategoryIsTheWholePart) {
  const TreeEnsemble ensemble = CategoryStump({0, 3}, false);
  EXPECT_EQ(Score(ensemble, 3.75), 1.0);
  EXPECT_EQ(Score(ensemble, -0.0), 1.0);
  EXPECT_EQ(Score(ensemble, -0.25), -1.0);
}

TEST(TreeWalkerTest, ACategoryThatNoModelCanKnowGoesLeft) {
  const TreeEnsemble ensemble = CategoryStump({0, 3}, false);
  for (const double x : {-1.0, 16777216.0, 1e30, -1e30}) {
    EXPECT_EQ(Score(ensemble, x), -1.0) << x;
  }
}

TEST(TreeWalkerTest, AMissingCategoryGoesToTheDefaultSide) {
  EXPECT_EQ(Score(CategoryStump({0}, true), kNaN), -1.0);
  EXPECT_EQ(Score(CategoryStump({0}, false), kNaN), 1.0);
}

}  // namespace
}  // namespace tidemill
