#include "tidemill/training/xgboost_trees.h"

#include <limits>
#include <span>
#include <string>
#include <utility>

#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

using nlohmann::json;

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

/// The categories of every node as XGBoost numbers them, one after the other.
class SavedCategories {
 public:
  SavedCategories(const XgboostFields& tree, std::size_t num_nodes) {
    // Files of XGBoost before 1.3 have none.
    if (!tree.Has("categories_nodes")) return;
    const auto nodes = tree.Integers("categories_nodes", 0, kMaxInt32);
    const auto begins = tree.Integers("categories_segments", 0, kMaxInt32);
    const auto sizes = tree.Integers("categories_sizes", 1, kMaxInt32);
    categories_ = tree.Integers("categories", 0, Tree::kCategoryEnd - 1);
    ranges_.resize(nodes.empty() ? 0 : num_nodes);
    std::size_t end = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto node = static_cast<std::size_t>(nodes[i]);
      if (begins.size() != nodes.size() || sizes.size() != nodes.size() ||
          node >= num_nodes || static_cast<std::size_t>(begins[i]) != end ||
          static_cast<std::size_t>(sizes[i]) > categories_.size() - end) {
        tree.Refuse("categories_segments",
                    "the categories of one node after the other", "others");
      }
      ranges_[node] = {end, static_cast<std::size_t>(sizes[i])};
      end += static_cast<std::size_t>(sizes[i]);
    }
  }

  bool empty() const { return ranges_.empty(); }
  std::span<const std::int32_t> Of(std::size_t node) const {
    if (ranges_.empty()) return {};
    const auto [begin, size] = ranges_[node];
    return std::span(categories_).subspan(begin, size);
  }

 private:
  std::vector<std::int32_t> categories_;
  std::vector<std::pair<std::size_t, std::size_t>> ranges_;  ///< begin, size
};

/// The nodes of one tree as XGBoost numbers them.
class SavedTree {
 public:
  explicit SavedTree(const XgboostFields& tree)
      : fields_(tree),
        left_(tree.Integers("left_children", -1, kMaxInt32)),
        right_(tree.Integers("right_children", -1, kMaxInt32)),
        feature_(tree.Integers("split_indices", 0, kMaxInt32)),
        condition_(tree.Floats("split_conditions")),
        default_left_(tree.Integers("default_left", 0, 1)),
        categories_(tree, left_.size()) {
    CheckSizes();
    CheckSplitTypes();
  }

  /// Numbers the nodes depth first, so that children follow their parents.
  Tree Renumber() const {
    struct Pending {
      std::int32_t node;
      std::int32_t* link;  ///< nullptr for the root
    };
    Tree tree;
    // Links point into the arrays, which must not move.
    tree.left.reserve(left_.size());
    tree.right.reserve(left_.size());
    std::vector<Pending> pending = {{0, nullptr}};
    while (!pending.empty()) {
      const auto [node, link] = pending.back();
      pending.pop_back();
      if (tree.size() == left_.size()) {
        fields_.Refuse("left_children", "nodes with one parent each", "a loop");
      }
      if (link != nullptr) *link = static_cast<std::int32_t>(tree.size());
      const auto i = static_cast<std::size_t>(node);
      Append(i, tree);
      if (left_[i] == -1) continue;
      pending.push_back({right_[i], &tree.right.back()});
      pending.push_back({left_[i], &tree.left.back()});
    }
    if (!categories_.empty()) {
      tree.category_begin.push_back(
          static_cast<std::int32_t>(tree.categories.size()));
    }
    return tree;
  }

 private:
  void CheckSizes() const {
    const std::size_t n = left_.size();
    if (n == 0 || right_.size() != n || feature_.size() != n ||
        condition_.size() != n || default_left_.size() != n) {
      fields_.Refuse("left_children", "arrays of one length > 0", "others");
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto inside = [&](std::int32_t child) {
        return child >= 0 && static_cast<std::size_t>(child) < n;
      };
      if (left_[i] != -1 && !(inside(left_[i]) && inside(right_[i]))) {
        fields_.Refuse("left_children", "children within the tree", "others");
      }
    }
  }

  /// Where categories stand and where they are said to stand must agree.
  void CheckSplitTypes() const {
    if (!fields_.Has("split_type")) return;
    const auto types = fields_.Integers("split_type", 0, 1);
    bool good = types.size() == left_.size();
    for (std::size_t i = 0; good && i < types.size(); ++i) {
      good = (types[i] == 1) == !categories_.Of(i).empty();
    }
    if (!good) {
      fields_.Refuse("split_type", "1 where there are categories", "others");
    }
  }

  void Append(std::size_t i, Tree& tree) const {
    const bool leaf = left_[i] == -1;
    const auto categories = categories_.Of(i);
    tree.feature.push_back(leaf ? 0 : feature_[i]);
    tree.left.push_back(-1);
    tree.right.push_back(-1);
    // Beside categories NaN or any number.
    tree.value.push_back(categories.empty() ? condition_[i] : 0.0F);
    tree.default_left.push_back(!leaf && default_left_[i] != 0 ? 1 : 0);
    if (categories_.empty()) return;
    tree.category_begin.push_back(
        static_cast<std::int32_t>(tree.categories.size()));
    tree.categories.insert(tree.categories.end(), categories.begin(),
                           categories.end());
  }

  const XgboostFields& fields_;
  std::vector<std::int32_t> left_;
  std::vector<std::int32_t> right_;
  std::vector<std::int32_t> feature_;
  std::vector<float> condition_;
  std::vector<std::int32_t> default_left_;
  SavedCategories categories_;
};

Tree ReadTree(const XgboostFields& tree) {
  const XgboostFields parameters = tree.Object("tree_param");
  // 0 before XGBoost 2.1, then 1.
  if (parameters.Has("size_leaf_vector")) {
    const std::size_t width =
        parameters.CountText("size_leaf_vector", 0, kMaxInt32);
    if (width > 1) {
      tree.Refuse("leaves",
                  "one number each (multi_strategy "
                  "one_output_per_tree)",
                  std::to_string(width));
    }
  }
  return SavedTree(tree).Renumber();
}

/// For files that do not say where a round ends.
std::size_t TreesOfOneOutput(const XgboostFields& model,
                             const XgboostFields& attributes,
                             std::size_t rounds) {
  const XgboostFields parameters = model.Object("gbtree_model_param");
  if (parameters.Has("num_parallel_tree")) {  // since XGBoost 1.6
    return rounds * parameters.CountText("num_parallel_tree", 1,
                                         TreeEnsemble::kMaxTrees);
  }
  return attributes.CountText("best_ntree_limit", 0, kMaxInt32);
}

}  // namespace

std::vector<Tree> ReadXgboostTrees(const XgboostFields& model) {
  const json& saved = model.Array("trees");
  const auto outputs = model.Integers("tree_info", 0, kMaxInt32);
  if (outputs.size() != saved.size()) {
    model.Refuse(
        "tree_info",
        "one number for each of " + std::to_string(saved.size()) + " trees",
        std::to_string(outputs.size()));
  }
  std::vector<Tree> trees;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    const XgboostFields tree(saved[i],
                             model.where() + ", tree " + std::to_string(i));
    trees.push_back(ReadTree(tree));
    trees.back().output = outputs[i];
  }
  return trees;
}

std::size_t TreesUpToTheBestRound(const XgboostFields& model,
                                  const XgboostFields& attributes,
                                  std::size_t num_outputs) {
  const std::size_t num_trees = model.Array("trees").size();
  if (!attributes.Has("best_iteration")) return num_trees;
  const std::size_t rounds =
      attributes.CountText("best_iteration", 0, kMaxInt32) + 1;
  std::size_t trees = num_trees + 1;
  if (model.Has("iteration_indptr")) {  // since XGBoost 2.1
    const auto ends = model.Integers("iteration_indptr", 0, kMaxInt32);
    if (rounds < ends.size()) trees = static_cast<std::size_t>(ends[rounds]);
  } else {
    trees = TreesOfOneOutput(model, attributes, rounds) * num_outputs;
  }
  if (trees > num_trees) {
    attributes.Refuse("best_iteration", "a round of the trees",
                      QuotedText(attributes.Text("best_iteration")));
  }
  return trees;
}

}  // namespace tidemill
