#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tidemill/features/artifact_io.h"
#include "tidemill/model/link.h"

namespace tidemill {

/// Where a split sends a feature that is missing, and LightGBM's zeros.
enum class Missing : std::uint8_t {
  kRight,
  kLeft,
  kIsZero,     ///< it counts as 0.0
  kZeroRight,  ///< to the right, and so does |x| <= kZeroBound
  kZeroLeft,   ///< to the left, and so does |x| <= kZeroBound
};
inline constexpr int kNumMissing = 5;

/// LightGBM's kZeroThreshold, a float32 number.
inline constexpr double kZeroBound = 1e-35F;

/// One decision tree: parallel arrays with an entry per split, split 0 being
/// the root, and the leaves apart. A child below 0 is the leaf ~child. A tree
/// without splits is leaf 0.
///
/// A number goes left when x <= threshold. A split with a category set has no
/// threshold: it sends x left when the set holds x without its fraction.
struct ForestTree {
  std::vector<std::int32_t> feature;
  std::vector<double> threshold;  ///< may be infinite
  std::vector<std::int32_t> left;
  std::vector<std::int32_t> right;
  std::vector<std::uint8_t> missing;  ///< of Missing
  /// Forest::values_per_leaf values of leaf 0, then of leaf 1, and so on.
  std::vector<double> value;
  /// A split's set or -1; empty when the tree has no category sets.
  std::vector<std::int32_t> category_set;
  /// Set k is the words from the end of set k - 1 to set_end[k].
  std::vector<std::int32_t> set_end;
  /// Bits of 32 categories each, the lowest bit first.
  std::vector<std::uint64_t> set_words;

  std::size_t num_splits() const { return left.size(); }
};

/// Trees in float64, as scikit-learn, LightGBM and CatBoost sum them.
struct Forest {
  static constexpr std::size_t kMaxTrees = 100'000;
  static constexpr std::size_t kMaxDepth = 512;
  static constexpr std::size_t kMaxValues = 1U << 28U;  ///< of all leaves

  std::size_t num_features = 0;
  /// True when features are rounded to float32 before they are compared.
  bool float32_features = false;
  /// False when the library refuses rows with a missing feature; such a row's
  /// outputs are NaN.
  bool takes_missing = true;
  /// One for a binary classifier: averaged trees then hold the positive
  /// class's share alone.
  std::size_t num_outputs = 1;
  /// num_outputs: every tree adds to every output; 1: tree i adds to output
  /// i % num_outputs.
  std::size_t values_per_leaf = 1;
  /// margin = ((start + values, tree by tree) / divisor) * scale + bias;
  /// output = link(margin * link_scale).
  std::vector<double> start = {0.0};  ///< of every output
  double divisor = 1.0;
  double scale = 1.0;
  std::vector<double> bias = {0.0};  ///< of every output
  double link_scale = 1.0;
  Link link = Link::kIdentity;
  std::vector<ForestTree> trees;
};

/// Throws ArtifactError unless every array has its size, every feature, child,
/// leaf and set exists, every split but the first and every leaf has one
/// parent that stands before it, every number is finite (a threshold may be
/// infinite), divisor and link scale are above 0, no tree is deeper than
/// kMaxDepth, the link fits the outputs and these have equally many trees.
void CheckForest(const Forest& forest);

void SaveForest(const Forest& forest, ArtifactWriter& out);
Forest LoadForest(ArtifactReader& in);

}  // namespace tidemill
