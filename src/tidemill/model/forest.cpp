#include "tidemill/model/forest.h"

#include <cmath>
#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

constexpr std::uint64_t kMaxWord = 0xFFFFFFFFU;

[[noreturn]] void Refuse(const std::string& where, const std::string& expected,
                         const std::string& got) {
  throw ArtifactError({.where = where, .expected = expected, .got = got});
}

void CheckNumbers(const std::string& where, const std::vector<double>& numbers,
                  std::size_t count) {
  if (numbers.size() != count) {
    Refuse(where, std::to_string(count) + " numbers",
           std::to_string(numbers.size()));
  }
  for (const double x : numbers) {
    if (!std::isfinite(x)) Refuse(where, "finite numbers", NumberText(x));
  }
}

/// Checks one tree; its parts in turn.
class TreeCheck {
 public:
  TreeCheck(const Forest& forest, std::size_t number)
      : forest_(forest),
        tree_(forest.trees[number]),
        where_("tree " + std::to_string(number)) {}

  void Run() {
    CheckSizes();
    CheckSets();
    for (std::size_t i = 0; i < tree_.num_splits(); ++i) CheckSplit(i);
    CheckShape();
  }

 private:
  [[noreturn]] void Fail(const std::string& expected,
                         const std::string& got) const {
    Refuse(where_, expected, got);
  }

  void CheckSizes() const {
    const std::size_t n = tree_.num_splits();
    if (tree_.feature.size() != n || tree_.threshold.size() != n ||
        tree_.right.size() != n || tree_.missing.size() != n ||
        (!tree_.category_set.empty() && tree_.category_set.size() != n)) {
      Fail("arrays of one length", std::to_string(n) + " left children");
    }
    CheckNumbers(where_ + ", value", tree_.value,
                 (n + 1) * forest_.values_per_leaf);
  }

  void CheckSets() const {
    std::int32_t end = 0;
    for (const std::int32_t next : tree_.set_end) {
      if (next < end) Fail("ends of sets that do not fall", ToText(next));
      end = next;
    }
    if (static_cast<std::size_t>(end) != tree_.set_words.size()) {
      Fail("sets of " + std::to_string(tree_.set_words.size()) + " words",
           ToText(end));
    }
    for (const std::uint64_t word : tree_.set_words) {
      if (word > kMaxWord) Fail("words of 32 bits", std::to_string(word));
    }
  }

  void CheckSplit(std::size_t i) const {
    const std::int32_t feature = tree_.feature[i];
    if (feature < 0 ||
        static_cast<std::size_t>(feature) >= forest_.num_features) {
      Fail("a feature below " + std::to_string(forest_.num_features),
           ToText(feature));
    }
    if (std::isnan(tree_.threshold[i])) Fail("thresholds", "NaN");
    const std::int32_t set =
        tree_.category_set.empty() ? -1 : tree_.category_set[i];
    if (set < -1 || set >= static_cast<std::int32_t>(tree_.set_end.size())) {
      Fail("a set below " + std::to_string(tree_.set_end.size()) + " or -1",
           ToText(set));
    }
    const int rules = set < 0 ? kNumMissing : 2;
    if (tree_.missing[i] >= rules) {
      Fail("a rule for the missing below " + ToText(rules),
           ToText(tree_.missing[i]));
    }
  }

  /// Every split but the first, and every leaf, under one split before it.
  /// As many leaves as splits and one: so none is left without a parent.
  void CheckShape() {
    const std::size_t n = tree_.num_splits();
    depth_.assign(n, 0);  // 0 = not reached
    has_parent_.assign(n + 1, false);
    if (n > 0) depth_[0] = 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (depth_[i] == 0) Fail("a parent for every split", "none");
      if (depth_[i] >= Forest::kMaxDepth) {
        Fail("a depth of at most " + std::to_string(Forest::kMaxDepth), "more");
      }
      CheckChild(i, tree_.left[i]);
      CheckChild(i, tree_.right[i]);
    }
  }

  void CheckChild(std::size_t parent, std::int32_t child) {
    const auto c = static_cast<std::size_t>(child < 0 ? ~child : child);
    const bool is_free =
        child < 0 ? c < has_parent_.size() && !has_parent_[c]
                  : c > parent && c < depth_.size() && depth_[c] == 0;
    if (!is_free) {
      Fail("children that follow their only parent",
           ToText(child) + " under " + std::to_string(parent));
    }
    if (child < 0) {
      has_parent_[c] = true;
    } else {
      depth_[c] = static_cast<std::uint16_t>(depth_[parent] + 1);
    }
  }

  static std::string ToText(int number) { return std::to_string(number); }

  const Forest& forest_;
  const ForestTree& tree_;
  std::string where_;
  std::vector<std::uint16_t> depth_;  // of the splits
  std::vector<bool> has_parent_;      // of the leaves
};

void CheckAboveZero(const std::string& name, double number) {
  if (std::isfinite(number) && number > 0.0) return;
  Refuse("forest, " + name, "a finite number above 0", NumberText(number));
}

void CheckMargins(const Forest& forest) {
  CheckOutputs(forest.num_outputs, forest.link, "forest");
  CheckNumbers("forest, start", forest.start, forest.num_outputs);
  CheckNumbers("forest, bias", forest.bias, forest.num_outputs);
  CheckAboveZero("divisor", forest.divisor);
  CheckAboveZero("link scale", forest.link_scale);
  if (!std::isfinite(forest.scale)) {
    Refuse("forest, scale", "a finite number", NumberText(forest.scale));
  }
}

void CheckCounts(const Forest& forest) {
  const std::size_t trees = forest.trees.size();
  if (trees > Forest::kMaxTrees) {
    Refuse("forest", "at most " + std::to_string(Forest::kMaxTrees) + " trees",
           std::to_string(trees));
  }
  const std::size_t width = forest.values_per_leaf;
  if (width != 1 && width != forest.num_outputs) {
    Refuse("forest", "1 value per leaf or one for every output",
           std::to_string(width));
  }
  if (width == 1 && trees % forest.num_outputs != 0) {
    Refuse("forest",
           "as many trees for each of " + std::to_string(forest.num_outputs) +
               " outputs",
           std::to_string(trees) + " in all");
  }
  std::size_t values = 0;
  for (const ForestTree& tree : forest.trees) values += tree.value.size();
  if (values > Forest::kMaxValues) {
    Refuse(
        "forest",
        "at most " + std::to_string(Forest::kMaxValues) + " values of leaves",
        std::to_string(values));
  }
}

void SaveTree(const ForestTree& tree, ArtifactWriter& out) {
  out.I32s("feature", tree.feature);
  out.Doubles("threshold", tree.threshold);
  out.I32s("left", tree.left);
  out.I32s("right", tree.right);
  out.U8s("missing", tree.missing);
  out.Doubles("value", tree.value);
  out.I32s("category_set", tree.category_set);
  out.I32s("set_end", tree.set_end);
  out.U64s("set_words", tree.set_words);
}

void LoadTree(ForestTree& tree, ArtifactReader& in) {
  tree.feature = in.I32s("feature");
  tree.threshold = in.Doubles("threshold");
  tree.left = in.I32s("left");
  tree.right = in.I32s("right");
  tree.missing = in.U8s("missing");
  tree.value = in.Doubles("value");
  tree.category_set = in.I32s("category_set");
  tree.set_end = in.I32s("set_end");
  tree.set_words = in.U64s("set_words");
}

}  // namespace

void CheckForest(const Forest& forest) {
  CheckMargins(forest);
  CheckCounts(forest);
  for (std::size_t i = 0; i < forest.trees.size(); ++i) {
    TreeCheck(forest, i).Run();
  }
}

void SaveForest(const Forest& forest, ArtifactWriter& out) {
  out.U64("num_features", forest.num_features);
  out.Bool("float32_features", forest.float32_features);
  out.Bool("takes_missing", forest.takes_missing);
  out.U64("num_outputs", forest.num_outputs);
  out.U64("values_per_leaf", forest.values_per_leaf);
  out.Doubles("start", forest.start);
  out.Double("divisor", forest.divisor);
  out.Double("scale", forest.scale);
  out.Doubles("bias", forest.bias);
  out.Double("link_scale", forest.link_scale);
  out.Choice("link", forest.link, kLinkNames);
  out.Each("trees", forest.trees,
           [&](const ForestTree& tree) { SaveTree(tree, out); });
}

Forest LoadForest(ArtifactReader& in) {
  constexpr std::size_t kTreeBytes = 80;  // nine counts and one value
  Forest forest;
  forest.num_features = in.U64("num_features");
  forest.float32_features = in.Bool("float32_features");
  forest.takes_missing = in.Bool("takes_missing");
  forest.num_outputs = in.U64("num_outputs");
  forest.values_per_leaf = in.U64("values_per_leaf");
  forest.start = in.Doubles("start");
  forest.divisor = in.Double("divisor");
  forest.scale = in.Double("scale");
  forest.bias = in.Doubles("bias");
  forest.link_scale = in.Double("link_scale");
  forest.link = in.Choice<Link>("link", kLinkNames);
  forest.trees =
      in.Each<ForestTree>("trees", Forest::kMaxTrees, kTreeBytes,
                          [&](ForestTree& tree) { LoadTree(tree, in); });
  CheckForest(forest);
  return forest;
}

}  // namespace tidemill
