#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tidemill/features/artifact_io.h"
#include "tidemill/model/predictor.h"

namespace tidemill {

/// One decision tree as parallel arrays; node 0 is the root. A node with
/// left < 0 is a leaf and `value` its weight; else `value` is the threshold:
/// a feature below it goes left, a missing one by `default_left`.
///
/// A split with categories asks for them instead: a feature whose whole part
/// is one of them goes right, any other, unseen and negative ones too, left.
struct Tree {
  /// Categories end below it: from here on float32 skips whole numbers.
  static constexpr std::int32_t kCategoryEnd = 1 << 24;

  std::vector<std::int32_t> feature;
  std::vector<std::int32_t> left;
  std::vector<std::int32_t> right;
  std::vector<float> value;
  std::vector<std::uint8_t> default_left;
  /// Node i's are categories[category_begin[i]] up to category_begin[i + 1],
  /// ascending; empty when no split of the tree has any.
  std::vector<std::int32_t> category_begin{};
  std::vector<std::int32_t> categories{};
  std::int32_t output = 0;  ///< that it adds to
  float weight = 1.0F;      ///< of its leaves; not 1 after dropout

  std::size_t size() const { return left.size(); }
  /// None for a leaf and for a split by threshold.
  std::span<const std::int32_t> CategoriesOf(std::size_t node) const;
};

/// Gradient-boosted trees with XGBoost's float32 arithmetic: what every tree
/// engine is built from.
struct TreeEnsemble {
  static constexpr std::size_t kMaxTrees = 100'000;
  static constexpr std::size_t kMaxDepth = 512;

  std::size_t num_features = 0;
  std::vector<float> base_margins = {0.0F};  ///< the sum's start, per output
  Link link = Link::kIdentity;
  std::vector<Tree> trees;  ///< in the order in which they are added

  std::size_t num_outputs() const { return base_margins.size(); }
};

/// Throws ArtifactError unless every array has its size, every feature and
/// output exists, every child comes after its parent and has only one, every
/// weight and threshold is finite, categories ascend, no tree is deeper than
/// kMaxDepth and the link fits the number of outputs.
void CheckTrees(const TreeEnsemble& ensemble);

void SaveTrees(const TreeEnsemble& ensemble, ArtifactWriter& out);
TreeEnsemble LoadTrees(ArtifactReader& in);

}  // namespace tidemill
