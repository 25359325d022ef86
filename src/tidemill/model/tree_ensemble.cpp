#include "tidemill/model/tree_ensemble.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/model/float_link.h"

namespace tidemill {
namespace {

/// The checks of one tree; errors name it by its number.
class TreeCheck {
 public:
  TreeCheck(const Tree& tree, std::size_t number)
      : tree_(tree), number_(number) {}

  void Run(const TreeEnsemble& ensemble) const {
    CheckSizes();
    CheckCategories();
    if (!std::isfinite(tree_.weight)) Refuse("a finite weight", "another");
    if (tree_.output < 0 ||
        static_cast<std::size_t>(tree_.output) >= ensemble.num_outputs()) {
      Refuse("an output below " + std::to_string(ensemble.num_outputs()),
             std::to_string(tree_.output));
    }
    std::vector<std::uint16_t> depth(tree_.size(), 0);  // 0 = not reached
    depth[0] = 1;
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      CheckNode(i, depth[i]);
      if (tree_.left[i] >= 0) CheckSplit(i, ensemble.num_features, depth);
    }
  }

 private:
  [[noreturn]] void Refuse(const std::string& expected,
                           const std::string& got) const {
    throw ArtifactError({.where = "tree " + std::to_string(number_),
                         .expected = expected,
                         .got = got});
  }

  void CheckSizes() const {
    const std::size_t n = tree_.size();
    if (n == 0 || tree_.feature.size() != n || tree_.right.size() != n ||
        tree_.value.size() != n || tree_.default_left.size() != n) {
      Refuse("arrays of one length > 0", std::to_string(n) + " nodes");
    }
  }

  void CheckCategories() const {
    const auto& begin = tree_.category_begin;
    const auto& categories = tree_.categories;
    if (begin.empty() && categories.empty()) return;
    if (begin.size() != tree_.size() + 1 || begin.front() != 0 ||
        static_cast<std::size_t>(begin.back()) != categories.size() ||
        !std::is_sorted(begin.begin(), begin.end())) {
      Refuse(
          "categories for each of " + std::to_string(tree_.size()) + " nodes",
          "others");
    }
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      const auto of_node = tree_.CategoriesOf(i);
      if (of_node.empty()) continue;
      const bool ascend =
          std::adjacent_find(of_node.begin(), of_node.end(),
                             std::greater_equal<>()) == of_node.end();
      if (!ascend || of_node.front() < 0 ||
          of_node.back() >= Tree::kCategoryEnd || tree_.left[i] < 0) {
        Refuse("ascending categories below " +
                   std::to_string(Tree::kCategoryEnd) + " at splits only",
               "others at node " + std::to_string(i));
      }
    }
  }

  void CheckNode(std::size_t i, std::uint16_t depth) const {
    if (depth == 0) Refuse("a parent for every node", "none");
    if (depth > TreeEnsemble::kMaxDepth) {
      Refuse("a depth of at most " + std::to_string(TreeEnsemble::kMaxDepth),
             "more");
    }
    if (!std::isfinite(tree_.value[i])) {
      Refuse("finite weights and thresholds", "NaN or an infinity");
    }
    if (tree_.default_left[i] > 1) {
      Refuse("0 or 1 for the default side",
             std::to_string(tree_.default_left[i]));
    }
  }

  /// Sets the depth of node i's children.
  void CheckSplit(std::size_t i, std::size_t num_features,
                  std::vector<std::uint16_t>& depth) const {
    if (tree_.feature[i] < 0 ||
        static_cast<std::size_t>(tree_.feature[i]) >= num_features) {
      Refuse("a feature below " + std::to_string(num_features),
             std::to_string(tree_.feature[i]));
    }
    for (const std::int32_t child : {tree_.left[i], tree_.right[i]}) {
      const auto c = static_cast<std::size_t>(child);
      if (child < 0 || c <= i || c >= tree_.size() || depth[c] != 0) {
        Refuse("children that follow their only parent",
               std::to_string(child) + " under " + std::to_string(i));
      }
      depth[c] = static_cast<std::uint16_t>(depth[i] + 1);
    }
  }

  const Tree& tree_;
  std::size_t number_;
};

float LoadWeight(ArtifactReader& in) {
  const double weight = in.FiniteDouble("weight");
  const auto rounded = static_cast<float>(weight);
  if (static_cast<double>(rounded) != weight) {
    in.Refuse("a weight in float32", NumberText(weight));
  }
  return rounded;
}

}  // namespace

std::span<const std::int32_t> Tree::CategoriesOf(std::size_t node) const {
  if (category_begin.empty()) return {};
  return {categories.data() + category_begin[node],
          categories.data() + category_begin[node + 1]};
}

void CheckTrees(const TreeEnsemble& ensemble) {
  if (ensemble.trees.size() > TreeEnsemble::kMaxTrees) {
    throw ArtifactError(
        {.where = "trees",
         .expected = "at most " + std::to_string(TreeEnsemble::kMaxTrees),
         .got = std::to_string(ensemble.trees.size())});
  }
  CheckFloatLink(ensemble.num_outputs(), ensemble.link, "trees");
  for (const float margin : ensemble.base_margins) {
    if (std::isfinite(margin)) continue;
    throw ArtifactError({.where = "trees, base margins",
                         .expected = "finite numbers",
                         .got = "NaN or an infinity"});
  }
  for (std::size_t i = 0; i < ensemble.trees.size(); ++i) {
    TreeCheck(ensemble.trees[i], i).Run(ensemble);
  }
}

void SaveTrees(const TreeEnsemble& ensemble, ArtifactWriter& out) {
  out.U64("num_features", ensemble.num_features);
  out.Floats("base_margins", ensemble.base_margins);
  out.Choice("link", ensemble.link, kLinkNames);
  out.Each("trees", ensemble.trees, [&](const Tree& tree) {
    out.I32s("feature", tree.feature);
    out.I32s("left", tree.left);
    out.I32s("right", tree.right);
    out.Floats("value", tree.value);
    out.U8s("default_left", tree.default_left);
    out.I32s("category_begin", tree.category_begin);
    out.I32s("categories", tree.categories);
    out.I32("output", tree.output);
    out.Double("weight", tree.weight);
  });
}

TreeEnsemble LoadTrees(ArtifactReader& in) {
  constexpr std::size_t kTreeBytes = 68;  // seven counts, output and weight
  TreeEnsemble ensemble;
  ensemble.num_features = in.U64("num_features");
  ensemble.base_margins = in.Floats("base_margins");
  ensemble.link = in.Choice<Link>("link", kLinkNames);
  ensemble.trees = in.Each<Tree>(
      "trees", TreeEnsemble::kMaxTrees, kTreeBytes, [&](Tree& tree) {
        tree.feature = in.I32s("feature");
        tree.left = in.I32s("left");
        tree.right = in.I32s("right");
        tree.value = in.Floats("value");
        tree.default_left = in.U8s("default_left");
        tree.category_begin = in.I32s("category_begin");
        tree.categories = in.I32s("categories");
        tree.output = in.I32("output");
        tree.weight = LoadWeight(in);
      });
  CheckTrees(ensemble);
  return ensemble;
}

}  // namespace tidemill
