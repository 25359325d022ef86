#include "tidemill/model/forest_walker.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace tidemill {
namespace {

bool IsInSet(const ForestTree& tree, std::size_t set, double x) {
  const auto begin =
      set == 0 ? 0U : static_cast<std::size_t>(tree.set_end[set - 1]);
  const auto end = static_cast<std::size_t>(tree.set_end[set]);
  // LightGBM casts to int, so that -0.5 is category 0.
  if (x <= -1.0 || x >= 32.0 * static_cast<double>(end - begin)) return false;
  const auto category = static_cast<std::size_t>(x);
  return (tree.set_words[begin + category / 32] >> (category % 32) & 1U) != 0;
}

bool MissingGoesLeft(const ForestTree& tree, std::size_t split) {
  const auto rule = static_cast<Missing>(tree.missing[split]);
  if (rule == Missing::kIsZero) return 0.0 <= tree.threshold[split];
  return rule == Missing::kLeft || rule == Missing::kZeroLeft;
}

bool GoesLeft(const ForestTree& tree, std::size_t split, double x) {
  if (std::isnan(x)) return MissingGoesLeft(tree, split);
  if (!tree.category_set.empty() && tree.category_set[split] >= 0) {
    return IsInSet(tree, static_cast<std::size_t>(tree.category_set[split]), x);
  }
  const auto rule = static_cast<Missing>(tree.missing[split]);
  if (rule >= Missing::kZeroRight && std::abs(x) <= kZeroBound) {
    return rule == Missing::kZeroLeft;
  }
  return x <= tree.threshold[split];
}

template <bool kFloat32>
std::size_t Leaf(const ForestTree& tree, const double* row) {
  std::int32_t node = tree.left.empty() ? ~0 : 0;
  while (node >= 0) {
    const auto split = static_cast<std::size_t>(node);
    double x = row[tree.feature[split]];
    if constexpr (kFloat32) x = static_cast<float>(x);
    node = GoesLeft(tree, split, x) ? tree.left[split] : tree.right[split];
  }
  return static_cast<std::size_t>(~node);
}

const double* Row(const Eigen::Ref<const RowMatrix>& features, std::size_t i) {
  return features.data() +
         static_cast<Eigen::Index>(i) * features.outerStride();
}

/// Adds tree `t`'s values to the margins of every row.
template <bool kFloat32>
void AddTree(const Forest& forest, std::size_t t,
             const Eigen::Ref<const RowMatrix>& features,
             std::span<double> margins) {
  const ForestTree& tree = forest.trees[t];
  const std::size_t outputs = forest.num_outputs;
  const std::size_t width = forest.values_per_leaf;
  const std::size_t first = width == 1 ? t % outputs : 0;
  const std::size_t rows = margins.size() / outputs;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t leaf = Leaf<kFloat32>(tree, Row(features, i));
    for (std::size_t k = 0; k < width; ++k) {
      margins[i * outputs + first + k] += tree.value[leaf * width + k];
    }
  }
}

/// The sums of one row become its outputs.
void Finish(const Forest& forest, std::span<double> margins) {
  for (std::size_t k = 0; k < margins.size(); ++k) {
    // Divide, do not multiply by the inverse: the libraries divide.
    const double margin =
        margins[k] / forest.divisor * forest.scale + forest.bias[k];
    margins[k] = margin * forest.link_scale;
  }
  ApplyLink(forest.link, margins);
}

bool HasMissing(const Eigen::Ref<const RowMatrix>& features, std::size_t i) {
  const double* row = Row(features, i);
  return std::any_of(row, row + features.cols(),
                     [](double x) { return std::isnan(x); });
}

}  // namespace

ForestWalker::ForestWalker(Forest forest) : forest_(std::move(forest)) {
  CheckForest(forest_);
}

void ForestWalker::Predict(const Eigen::Ref<const RowMatrix>& features,
                           std::span<double> outputs) const {
  const std::size_t width = num_outputs();
  const std::size_t rows = outputs.size() / width;
  assert(features.cols() == static_cast<Eigen::Index>(num_features()));
  assert(features.rows() >= static_cast<Eigen::Index>(rows));
  const auto outputs_of = [&](std::size_t i) {
    return outputs.subspan(i * width, width);
  };
  for (std::size_t i = 0; i < rows; ++i) {
    std::copy(forest_.start.begin(), forest_.start.end(),
              outputs_of(i).begin());
  }
  for (std::size_t t = 0; t < forest_.trees.size(); ++t) {
    const auto add = forest_.float32_features ? AddTree<true> : AddTree<false>;
    add(forest_, t, features, outputs);
  }
  for (std::size_t i = 0; i < rows; ++i) {
    Finish(forest_, outputs_of(i));
    if (!forest_.takes_missing && HasMissing(features, i)) {
      std::ranges::fill(outputs_of(i),
                        std::numeric_limits<double>::quiet_NaN());
    }
  }
}

void ForestWalker::Save(ArtifactWriter& out) const { SaveForest(forest_, out); }

PredictorPtr ForestWalker::Load(ArtifactReader& in) {
  return std::make_unique<ForestWalker>(LoadForest(in));
}

}  // namespace tidemill
