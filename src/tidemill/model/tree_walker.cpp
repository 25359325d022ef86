#include "tidemill/model/tree_walker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/model/float_link.h"
#include "tidemill/model/row_loop.h"

namespace tidemill {
namespace {

bool Contains(std::span<const std::int32_t> categories, float x) {
  return x >= 0.0F && x < static_cast<float>(Tree::kCategoryEnd) &&
         std::binary_search(categories.begin(), categories.end(),
                            static_cast<std::int32_t>(x));
}

bool GoesLeft(const Tree& tree, std::size_t node, float x) {
  if (std::isnan(x)) return tree.default_left[node] != 0;
  const auto categories = tree.CategoriesOf(node);
  return categories.empty() ? x < tree.value[node] : !Contains(categories, x);
}

float Leaf(const Tree& tree, const double* row) {
  std::size_t node = 0;
  while (tree.left[node] >= 0) {
    const auto x = static_cast<float>(row[tree.feature[node]]);
    node = static_cast<std::size_t>(GoesLeft(tree, node, x) ? tree.left[node]
                                                            : tree.right[node]);
  }
  return tree.value[node];
}

}  // namespace

TreeWalker::TreeWalker(TreeEnsemble ensemble) : ensemble_(std::move(ensemble)) {
  CheckTrees(ensemble_);
}

void TreeWalker::Predict(const Eigen::Ref<const RowMatrix>& features,
                         std::span<double> outputs) const {
  const auto walk = [&](std::span<const double> row,
                        std::span<double> margins) {
    std::copy(ensemble_.base_margins.begin(), ensemble_.base_margins.end(),
              margins.begin());
    for (const Tree& tree : ensemble_.trees) {
      double& margin = margins[static_cast<std::size_t>(tree.output)];
      // A double holds the float32 sum unchanged.
      margin =
          static_cast<float>(margin) + Leaf(tree, row.data()) * tree.weight;
    }
    ApplyFloatLink(ensemble_.link, margins);
  };
  ForEachRow(*this, features, outputs, walk);
}

void TreeWalker::Save(ArtifactWriter& out) const { SaveTrees(ensemble_, out); }

PredictorPtr TreeWalker::Load(ArtifactReader& in) {
  return std::make_unique<TreeWalker>(LoadTrees(in));
}

}  // namespace tidemill
