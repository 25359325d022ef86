#include "tidemill/model/tree_ensemble.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(std::size_t tree, const std::string& expected,
                         const std::string& got) {
  throw ArtifactError({.where = "tree " + std::to_string(tree),
                       .expected = expected,
                       .got = got});
}

void CheckTree(const Tree& tree, std::size_t number, std::size_t num_features) {
  const std::size_t n = tree.size();
  if (n == 0 || tree.feature.size() != n || tree.right.size() != n ||
      tree.value.size() != n || tree.default_left.size() != n) {
    Refuse(number, "arrays of one length > 0", std::to_string(n) + " nodes");
  }
  std::vector<std::uint16_t> depth(n, 0);  // 0 = not reached
  depth[0] = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (depth[i] == 0) Refuse(number, "a parent for every node", "none");
    if (depth[i] > TreeEnsemble::kMaxDepth) {
      Refuse(number,
             "a depth of at most " + std::to_string(TreeEnsemble::kMaxDepth),
             "more");
    }
    if (!std::isfinite(tree.value[i])) {
      Refuse(number, "finite weights and thresholds", "NaN or an infinity");
    }
    if (tree.default_left[i] > 1) {
      Refuse(number, "0 or 1 for the default side",
             std::to_string(tree.default_left[i]));
    }
    if (tree.left[i] < 0) continue;
    if (tree.feature[i] < 0 ||
        static_cast<std::size_t>(tree.feature[i]) >= num_features) {
      Refuse(number, "a feature below " + std::to_string(num_features),
             std::to_string(tree.feature[i]));
    }
    for (const std::int32_t child : {tree.left[i], tree.right[i]}) {
      const auto c = static_cast<std::size_t>(child);
      if (child < 0 || c <= i || c >= n || depth[c] != 0) {
        Refuse(number, "children that follow their only parent",
               std::to_string(child) + " under " + std::to_string(i));
      }
      depth[c] = static_cast<std::uint16_t>(depth[i] + 1);
    }
  }
}

}  // namespace

void CheckTrees(const TreeEnsemble& ensemble) {
  if (ensemble.trees.size() > TreeEnsemble::kMaxTrees) {
    throw ArtifactError(
        {.where = "trees",
         .expected = "at most " + std::to_string(TreeEnsemble::kMaxTrees),
         .got = std::to_string(ensemble.trees.size())});
  }
  if (ensemble.link > Link::kSoftmax) {
    throw ArtifactError({.where = "trees, link",
                         .expected = "identity, logistic or softmax",
                         .got = "another"});
  }
  CheckOutputs(ensemble.num_outputs, ensemble.link, "trees");
  if (ensemble.link != Link::kSoftmax && ensemble.num_outputs != 1) {
    throw ArtifactError({.where = "trees",
                         .expected = "one output",
                         .got = std::to_string(ensemble.num_outputs)});
  }
  if (ensemble.trees.size() % ensemble.num_outputs != 0) {
    throw ArtifactError(
        {.where = "trees",
         .expected = "as many for each of " +
                     std::to_string(ensemble.num_outputs) + " outputs",
         .got = std::to_string(ensemble.trees.size()) + " in all"});
  }
  if (!std::isfinite(ensemble.base_margin)) {
    throw ArtifactError({.where = "trees, base margin",
                         .expected = "a finite number",
                         .got = "NaN or an infinity"});
  }
  for (std::size_t i = 0; i < ensemble.trees.size(); ++i) {
    CheckTree(ensemble.trees[i], i, ensemble.num_features);
  }
}

void SaveTrees(const TreeEnsemble& ensemble, ArtifactWriter& out) {
  out.U64("num_features", ensemble.num_features);
  out.U64("num_outputs", ensemble.num_outputs);
  out.Double("base_margin", ensemble.base_margin);
  out.Choice("link", ensemble.link, kLinkNames);
  out.Each("trees", ensemble.trees, [&](const Tree& tree) {
    out.I32s("feature", tree.feature);
    out.I32s("left", tree.left);
    out.I32s("right", tree.right);
    out.Floats("value", tree.value);
    out.U8s("default_left", tree.default_left);
  });
}

TreeEnsemble LoadTrees(ArtifactReader& in) {
  TreeEnsemble ensemble;
  ensemble.num_features = in.U64("num_features");
  ensemble.num_outputs = in.U64("num_outputs");
  const double base_margin = in.FiniteDouble("base_margin");
  ensemble.base_margin = static_cast<float>(base_margin);
  if (static_cast<double>(ensemble.base_margin) != base_margin) {
    in.Refuse("a base margin in float32", std::to_string(base_margin));
  }
  ensemble.link = in.Choice<Link>("link", kLinkNames);
  ensemble.trees =
      in.Each<Tree>("trees", TreeEnsemble::kMaxTrees, 40, [&](Tree& tree) {
        tree.feature = in.I32s("feature");
        tree.left = in.I32s("left");
        tree.right = in.I32s("right");
        tree.value = in.Floats("value");
        tree.default_left = in.U8s("default_left");
      });
  CheckTrees(ensemble);
  return ensemble;
}

float LogisticFloat(float margin) {
  // XGBoost 1.7, src/common/math.h: the exponent is capped against overflow;
  // its 1e-16 against division by zero is lost in float32 beside the 1.
  const float exponent = std::min(-margin, 88.7F);
  return 1.0F / (std::exp(exponent) + 1.0F);
}

void SoftmaxFloat(std::span<double> margins) {
  // XGBoost 1.7, src/common/math.h: float32 but for the sum.
  const auto greatest =
      static_cast<float>(*std::max_element(margins.begin(), margins.end()));
  double sum = 0.0;
  for (double& x : margins) {
    x = std::exp(static_cast<float>(x) - greatest);
    sum += x;
  }
  for (double& x : margins) x = static_cast<float>(x) / static_cast<float>(sum);
}

}  // namespace tidemill
