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
struct Tree {
  std::vector<std::int32_t> feature;
  std::vector<std::int32_t> left;
  std::vector<std::int32_t> right;
  std::vector<float> value;
  std::vector<std::uint8_t> default_left;

  std::size_t size() const { return left.size(); }
};

/// Gradient-boosted trees with XGBoost's float32 arithmetic: what every tree
/// engine is built from.
struct TreeEnsemble {
  static constexpr std::size_t kMaxTrees = 100'000;
  static constexpr std::size_t kMaxDepth = 512;

  std::size_t num_features = 0;
  std::size_t num_outputs = 1;
  float base_margin = 0.0F;  ///< the sum's start, of every output
  Link link = Link::kIdentity;
  std::vector<Tree> trees;  ///< tree i adds to output i % num_outputs
};

/// Throws ArtifactError unless every array has its size, every feature exists,
/// every child comes after its parent and has only one, every weight and
/// threshold is finite, no tree is deeper than kMaxDepth, the link fits the
/// number of outputs and each has equally many trees.
void CheckTrees(const TreeEnsemble& ensemble);

void SaveTrees(const TreeEnsemble& ensemble, ArtifactWriter& out);
TreeEnsemble LoadTrees(ArtifactReader& in);

/// XGBoost's sigmoid in float32.
float LogisticFloat(float margin);

/// XGBoost's softmax in float32; the margins are float32 numbers and become
/// probabilities that are.
void SoftmaxFloat(std::span<double> margins);

}  // namespace tidemill
