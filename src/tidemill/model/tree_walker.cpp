#include "tidemill/model/tree_walker.h"

#include <cassert>
#include <cmath>
#include <utility>

namespace tidemill {
namespace {

float Leaf(const Tree& tree, const double* row) {
  std::size_t node = 0;
  while (tree.left[node] >= 0) {
    const auto x = static_cast<float>(row[tree.feature[node]]);
    const bool left =
        std::isnan(x) ? tree.default_left[node] != 0 : x < tree.value[node];
    node = static_cast<std::size_t>(left ? tree.left[node] : tree.right[node]);
  }
  return tree.value[node];
}

}  // namespace

TreeWalker::TreeWalker(TreeEnsemble ensemble) : ensemble_(std::move(ensemble)) {
  CheckTrees(ensemble_);
}

void TreeWalker::Predict(const Eigen::Ref<const RowMatrix>& features,
                         std::span<double> outputs) const {
  const std::size_t width = num_outputs();
  const std::size_t rows = outputs.size() / width;
  assert(features.cols() == static_cast<Eigen::Index>(num_features()));
  assert(features.rows() >= static_cast<Eigen::Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    const double* row =
        features.data() + static_cast<Eigen::Index>(i) * features.outerStride();
    const std::span<double> margins = outputs.subspan(i * width, width);
    for (std::size_t k = 0; k < width; ++k) {
      float margin = ensemble_.base_margin;
      for (std::size_t t = k; t < ensemble_.trees.size(); t += width) {
        margin += Leaf(ensemble_.trees[t], row);
      }
      margins[k] =
          ensemble_.link == Link::kLogistic ? LogisticFloat(margin) : margin;
    }
    if (ensemble_.link == Link::kSoftmax) SoftmaxFloat(margins);
  }
}

void TreeWalker::Save(ArtifactWriter& out) const { SaveTrees(ensemble_, out); }

PredictorPtr TreeWalker::Load(ArtifactReader& in) {
  return std::make_unique<TreeWalker>(LoadTrees(in));
}

}  // namespace tidemill
