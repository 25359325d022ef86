#include "tidemill/model/tree_ensemble.h"

#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "model/small_artifact.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(CheckTreesTest, TakesASoundEnsemble) {
  EXPECT_NO_THROW(CheckTrees(SmallTrees()));
}

struct BadTree {
  std::string name;
  std::function<void(TreeEnsemble&)> damage;
};

void PrintTo(const BadTree& tree, std::ostream* out) { *out << tree.name; }

class BadTreeTest : public testing::TestWithParam<BadTree> {};

TEST_P(BadTreeTest, IsRefused) {
  TreeEnsemble ensemble = SmallTrees();
  GetParam().damage(ensemble);
  EXPECT_THROW(CheckTrees(ensemble), ArtifactError);
}

// Nodes of SmallTree(): 0 splits into 1 (a leaf) and 2, which splits into the
// leaves 3 and 4.
INSTANTIATE_TEST_SUITE_P(
    Trees, BadTreeTest,
    testing::Values(
        BadTree{"OwnChild", [](auto& e) { e.trees[0].left[0] = 0; }},
        BadTree{"ChildBeforeParent", [](auto& e) { e.trees[0].left[2] = 1; }},
        BadTree{"TwoParents", [](auto& e) { e.trees[0].left[2] = 4; }},
        BadTree{"ChildBeyondTheEnd", [](auto& e) { e.trees[0].right[2] = 5; }},
        BadTree{"NoRightChild", [](auto& e) { e.trees[0].right[2] = -1; }},
        BadTree{"NoParent", [](auto& e) { e.trees[1].left[2] = -1; }},
        BadTree{"FeatureBeyondTheEnd",
                [](auto& e) { e.trees[0].feature[0] = kSmallFeatures; }},
        BadTree{"NegativeFeature", [](auto& e) { e.trees[0].feature[2] = -1; }},
        BadTree{"NaNThreshold",
                [](auto& e) {
                  e.trees[0].value[0] = std::numeric_limits<float>::quiet_NaN();
                }},
        BadTree{"InfiniteThreshold",
                [](auto& e) {
                  e.trees[0].value[2] = std::numeric_limits<float>::infinity();
                }},
        BadTree{"InfiniteWeight",
                [](auto& e) {
                  e.trees[0].value[4] = -std::numeric_limits<float>::infinity();
                }},
        BadTree{"NaNBase",
                [](auto& e) {
                  e.base_margins = {std::numeric_limits<float>::quiet_NaN()};
                }},
        BadTree{"TwoOutputsOfExp",
                [](auto& e) {
                  e.base_margins = {0.0F, 0.0F};
                  e.link = Link::kExp;
                }},
        BadTree{"NoOutputs", [](auto& e) { e.base_margins.clear(); }},
        BadTree{"SoftmaxOfOne", [](auto& e) { e.link = Link::kSoftmax; }},
        BadTree{"LinkOfOtherLibraries",
                [](auto& e) { e.link = Link::kSignedSquare; }},
        BadTree{"OutputBeyondTheEnd", [](auto& e) { e.trees[1].output = 1; }},
        BadTree{"NegativeOutput", [](auto& e) { e.trees[1].output = -1; }},
        BadTree{"InfiniteTreeWeight",
                [](auto& e) {
                  e.trees[1].weight = std::numeric_limits<float>::infinity();
                }},
        BadTree{"CategoriesOfSomeNodesOnly",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 1};
                  e.trees[0].categories = {3};
                }},
        BadTree{"CategoriesOfNoNode",
                [](auto& e) { e.trees[0].categories = {3}; }},
        BadTree{"CategoriesThatFall",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 2, 2, 2, 2, 2};
                  e.trees[0].categories = {3, 1};
                }},
        BadTree{"NegativeCategory",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 1, 1, 1, 1, 1};
                  e.trees[0].categories = {-1};
                }},
        BadTree{"CategoryThatFloat32Skips",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 1, 1, 1, 1, 1};
                  e.trees[0].categories = {Tree::kCategoryEnd};
                }},
        BadTree{"CategoriesOfALeaf",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 0, 1, 1, 1, 1};
                  e.trees[0].categories = {3};
                }},
        BadTree{"CategoriesThatEndTooSoon",
                [](auto& e) {
                  e.trees[0].category_begin = {0, 1, 1, 1, 1, 1};
                  e.trees[0].categories = {3, 4};
                }},
        BadTree{"CategoriesOfNegativePlaces",
                [](auto& e) {
                  e.trees[0].category_begin = {0, -1, 1, 1, 1, 1};
                  e.trees[0].categories = {3};
                }},
        BadTree{"DefaultSideTwo",
                [](auto& e) { e.trees[0].default_left[0] = 2; }},
        BadTree{"NoNodes", [](auto& e) { e.trees[0] = Tree{}; }},
        BadTree{"ShortFeatures",
                [](auto& e) { e.trees[0].feature.pop_back(); }},
        BadTree{"ShortRight", [](auto& e) { e.trees[0].right.pop_back(); }},
        BadTree{"ShortValues", [](auto& e) { e.trees[0].value.pop_back(); }},
        BadTree{"ShortDefaults",
                [](auto& e) { e.trees[0].default_left.pop_back(); }},
        BadTree{"LongLeft", [](auto& e) { e.trees[0].left.push_back(-1); }},
        BadTree{"TooMany",
                [](auto& e) {
                  e.trees.resize(TreeEnsemble::kMaxTrees + 1, SmallTree());
                }}),
    [](const testing::TestParamInfo<BadTree>& tree) {
      return tree.param.name;
    });

TEST(CheckTreesTest, NamesTheTree) {
  TreeEnsemble ensemble = SmallTrees();
  ensemble.trees[1].feature[0] = 7;
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { CheckTrees(ensemble); }),
            "tree 1: expected a feature below 7, got 7");
}

/// A tree of `levels` levels: every left child is a leaf.
Tree Chain(std::size_t levels) {
  Tree tree;
  for (std::size_t level = 0; level + 1 < levels; ++level) {
    const auto node = static_cast<std::int32_t>(2 * level);
    for (const bool leaf : {false, true}) {
      tree.feature.push_back(0);
      tree.left.push_back(leaf ? -1 : node + 1);
      tree.right.push_back(leaf ? -1 : node + 2);
      tree.value.push_back(0.0F);
      tree.default_left.push_back(0);
    }
  }
  tree.feature.push_back(0);
  tree.left.push_back(-1);
  tree.right.push_back(-1);
  tree.value.push_back(0.0F);
  tree.default_left.push_back(0);
  return tree;
}

TEST(CheckTreesTest, RefusesATreeThatIsTooDeep) {
  TreeEnsemble ensemble = SmallTrees();
  ensemble.trees = {Chain(TreeEnsemble::kMaxDepth)};
  EXPECT_NO_THROW(CheckTrees(ensemble));
  ensemble.trees = {Chain(TreeEnsemble::kMaxDepth + 1)};
  EXPECT_THROW(CheckTrees(ensemble), ArtifactError);
}

TEST(TreeEnsembleTest, ReadsBackToTheSameBytes) {
  RawBytes out;
  SaveTrees(SmallTrees(), out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const TreeEnsemble loaded = LoadTrees(in);
  EXPECT_NO_THROW(in.Finish());
  RawBytes again;
  SaveTrees(loaded, again);
  EXPECT_EQ(again.Finish(), bytes);
}

TEST(TreeEnsembleTest, CategoriesOutputsAndWeightsReadBack) {
  TreeEnsemble ensemble = SmallCategoryTrees();
  RawBytes out;
  SaveTrees(ensemble, out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const TreeEnsemble loaded = LoadTrees(in);
  EXPECT_EQ(loaded.base_margins, ensemble.base_margins);
  EXPECT_EQ(loaded.trees[0].category_begin, ensemble.trees[0].category_begin);
  EXPECT_EQ(loaded.trees[0].categories, ensemble.trees[0].categories);
  EXPECT_EQ(loaded.trees[1].output, 1);
  EXPECT_EQ(loaded.trees[1].weight, 0.5F);
}

TEST(TreeEnsembleTest, RefusesAWeightThatIsNoFloat32) {
  TreeEnsemble ensemble = SmallTrees();
  RawBytes out;
  SaveTrees(ensemble, out);
  std::string bytes = out.Finish();
  // The last tree's weight, 1.0 as 0x3FF0000000000000, stands last.
  bytes[bytes.size() - 8] = 1;
  BinaryReader in(bytes, "test");
  EXPECT_THROW(LoadTrees(in), ArtifactError);
}

}  // namespace
}  // namespace tidemill
