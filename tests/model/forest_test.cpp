#include "tidemill/model/forest.h"

#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "model/small_forest.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"

namespace tidemill {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(CheckForestTest, TakesASoundForest) {
  EXPECT_NO_THROW(CheckForest(SmallForest()));
}

TEST(CheckForestTest, TakesInfiniteThresholds) {
  // HistGradientBoosting splits the missing from all others by x <= infinity.
  Forest forest = SmallForest();
  forest.trees[0].threshold = {kInfinity, -kInfinity};
  EXPECT_NO_THROW(CheckForest(forest));
}

struct BadForest {
  std::string name;
  std::function<void(Forest&)> damage;
};

void PrintTo(const BadForest& forest, std::ostream* out) {
  *out << forest.name;
}

class BadForestTest : public testing::TestWithParam<BadForest> {};

TEST_P(BadForestTest, IsRefused) {
  Forest forest = SmallForest();
  GetParam().damage(forest);
  EXPECT_THROW(CheckForest(forest), ArtifactError);
}

std::string NameOf(const testing::TestParamInfo<BadForest>& forest) {
  return forest.param.name;
}

// SmallForest()'s tree 0: split 0 has leaf 0 and split 1, that has 1 and 2.
INSTANTIATE_TEST_SUITE_P(
    Shape, BadForestTest,
    testing::Values(
        BadForest{"OwnChild", [](auto& f) { f.trees[0].right[0] = 0; }},
        BadForest{"ChildBeforeParent", [](auto& f) { f.trees[0].left[1] = 0; }},
        BadForest{"TwoParentsOfALeaf",
                  [](auto& f) { f.trees[0].left[1] = ~0; }},
        BadForest{"TwoParentsOfASplit",
                  [](auto& f) { f.trees[0].left[0] = 1; }},
        BadForest{"NoParent", [](auto& f) { f.trees[0].right[0] = ~1; }},
        BadForest{"ChildBeyondTheEnd",
                  [](auto& f) { f.trees[0].right[1] = 2; }},
        BadForest{"LeafBeyondTheEnd",
                  [](auto& f) { f.trees[0].right[1] = ~3; }},
        BadForest{"TheLeastChild",
                  [](auto& f) {
                    f.trees[0].right[1] =
                        std::numeric_limits<std::int32_t>::min();
                  }},
        BadForest{"ShortFeatures",
                  [](auto& f) { f.trees[0].feature.pop_back(); }},
        BadForest{"ShortThresholds",
                  [](auto& f) { f.trees[0].threshold.pop_back(); }},
        BadForest{"ShortRight", [](auto& f) { f.trees[0].right.pop_back(); }},
        BadForest{"LongLeft", [](auto& f) { f.trees[0].left.push_back(-1); }},
        BadForest{"ShortMissing",
                  [](auto& f) { f.trees[0].missing.pop_back(); }},
        BadForest{"ShortValues", [](auto& f) { f.trees[0].value.pop_back(); }},
        BadForest{"LongValues",
                  [](auto& f) { f.trees[0].value.push_back(0.0); }},
        BadForest{"NoLeaf", [](auto& f) { f.trees[0] = ForestTree{}; }},
        BadForest{"LongSets",
                  [](auto& f) { f.trees[1].category_set.push_back(0); }},
        BadForest{"TooManyTrees",
                  [](auto& f) {
                    f.trees.resize(Forest::kMaxTrees + 1, LeafOnly({0.0}));
                  }}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Numbers, BadForestTest,
    testing::Values(
        BadForest{"FeatureBeyondTheEnd",
                  [](auto& f) { f.trees[0].feature[0] = 3; }},
        BadForest{"NegativeFeature",
                  [](auto& f) { f.trees[0].feature[1] = -1; }},
        BadForest{"NaNThreshold",
                  [](auto& f) { f.trees[0].threshold[0] = kNotANumber; }},
        BadForest{"NaNValue",
                  [](auto& f) { f.trees[0].value[2] = kNotANumber; }},
        BadForest{"InfiniteValue",
                  [](auto& f) { f.trees[0].value[0] = -kInfinity; }},
        BadForest{"MissingFive",
                  [](auto& f) { f.trees[0].missing[0] = kNumMissing; }},
        BadForest{"MissingAsZeroInASet",
                  [](auto& f) { f.trees[1].missing[0] = 2; }},
        BadForest{"SetBeyondTheEnd",
                  [](auto& f) { f.trees[1].category_set[0] = 2; }},
        BadForest{"SetMinusTwo",
                  [](auto& f) { f.trees[1].category_set[0] = -2; }},
        BadForest{"FallingEnds",
                  [](auto& f) {
                    f.trees[1].set_end = {3, 1};
                  }},
        BadForest{"NegativeEnd", [](auto& f) { f.trees[1].set_end[0] = -1; }},
        BadForest{"TooFewWords",
                  [](auto& f) { f.trees[1].set_words.pop_back(); }},
        BadForest{"TooManyWords",
                  [](auto& f) { f.trees[1].set_words.push_back(0); }},
        BadForest{"WordOf33Bits",
                  [](auto& f) { f.trees[1].set_words[2] = 1ULL << 32U; }}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Margins, BadForestTest,
    testing::Values(
        BadForest{"NoOutputs", [](auto& f) { f.num_outputs = 0; }},
        BadForest{"SoftmaxOfOne", [](auto& f) { f.link = Link::kSoftmax; }},
        BadForest{"StartOfTwo",
                  [](auto& f) {
                    f.start = {0.0, 0.0};
                  }},
        BadForest{"NaNStart", [](auto& f) { f.start = {kNotANumber}; }},
        BadForest{"NoBias", [](auto& f) { f.bias = {}; }},
        BadForest{"InfiniteBias", [](auto& f) { f.bias = {kInfinity}; }},
        BadForest{"DivisorZero", [](auto& f) { f.divisor = 0.0; }},
        BadForest{"NegativeDivisor", [](auto& f) { f.divisor = -1.0; }},
        BadForest{"NaNDivisor", [](auto& f) { f.divisor = kNotANumber; }},
        BadForest{"InfiniteDivisor", [](auto& f) { f.divisor = kInfinity; }},
        BadForest{"InfiniteScale", [](auto& f) { f.scale = kInfinity; }},
        BadForest{"LinkScaleZero", [](auto& f) { f.link_scale = 0.0; }},
        BadForest{"NoValuesPerLeaf", [](auto& f) { f.values_per_leaf = 0; }},
        BadForest{"TwoValuesForOneOutput",
                  [](auto& f) {
                    f.values_per_leaf = 2;
                    f.trees = {LeafOnly({0.0, 0.0})};
                  }},
        BadForest{"TreesForSomeOutputsOnly",
                  [](auto& f) {
                    f.num_outputs = 3;
                    f.start = f.bias = {0.0, 0.0, 0.0};
                  }}),
    NameOf);

TEST(CheckForestTest, NamesTheTree) {
  Forest forest = SmallForest();
  forest.trees[1].feature[0] = 3;
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { CheckForest(forest); }),
            "tree 1: expected a feature below 3, got 3");
}

/// A tree of `splits` splits, each the right child of the one before.
ForestTree ForestChain(std::size_t splits) {
  ForestTree tree = LeafOnly(std::vector<double>(splits + 1, 0.0));
  for (std::size_t i = 0; i < splits; ++i) {
    const auto leaf = ~static_cast<std::int32_t>(i);
    tree.feature.push_back(0);
    tree.threshold.push_back(0.0);
    tree.left.push_back(leaf);
    tree.right.push_back(i + 1 < splits ? static_cast<std::int32_t>(i + 1)
                                        : leaf - 1);
    tree.missing.push_back(0);
  }
  return tree;
}

TEST(CheckForestTest, RefusesATreeThatIsTooDeep) {
  Forest forest = SmallForest();
  forest.trees = {ForestChain(Forest::kMaxDepth - 1)};
  EXPECT_NO_THROW(CheckForest(forest));
  forest.trees = {ForestChain(Forest::kMaxDepth)};
  EXPECT_EQ(ThrownMessage<ArtifactError>([&] { CheckForest(forest); }),
            "tree 0: expected a depth of at most 512, got more");
}

std::string Bytes(const Forest& forest) {
  BinaryWriter out;
  SaveForest(forest, out);
  return out.Finish();
}

TEST(ForestTest, ReadsBackToTheSameBytes) {
  Forest forest = SmallForest();
  forest.float32_features = true;
  forest.takes_missing = false;
  forest.start = {0.25};
  forest.divisor = 3.0;
  forest.scale = 0.5;
  forest.bias = {-1.0};
  forest.link_scale = 2.0;
  forest.link = Link::kLogistic;
  const std::string bytes = Bytes(forest);
  BinaryReader in(bytes, "test");
  const Forest loaded = LoadForest(in);
  EXPECT_NO_THROW(in.Finish());
  EXPECT_EQ(Bytes(loaded), bytes);
  EXPECT_NE(bytes, Bytes(SmallForest()));
}

TEST(ForestTest, BytesThatEndEarlyAreRefused) {
  const std::string bytes = Bytes(SmallForest());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(
        {
          BinaryReader in(std::string_view(bytes).substr(0, size), "test");
          LoadForest(in);
        },
        ArtifactError)
        << size;
  }
}

TEST(ForestTest, AnUnsoundForestIsNotRead) {
  Forest forest = SmallForest();
  forest.trees[0].right[0] = 0;
  const std::string bytes = Bytes(forest);
  BinaryReader in(bytes, "test");
  EXPECT_THROW(LoadForest(in), ArtifactError);
}

}  // namespace
}  // namespace tidemill
