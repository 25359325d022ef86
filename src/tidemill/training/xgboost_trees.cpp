#include "tidemill/training/xgboost_trees.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using nlohmann::json;

constexpr std::string_view kWhere = "XGBoost model";

[[noreturn]] void Refuse(const std::string& part, std::string expected,
                         std::string got) {
  throw DataError({.where = std::string(kWhere) + ", " + part,
                   .expected = std::move(expected),
                   .got = std::move(got)});
}

/// XGBoost writes its parameters as text.
float FloatOf(const json& text, const std::string& part) {
  const auto& digits = text.get_ref<const std::string&>();
  float value = 0.0F;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    Refuse(part, "a float32", "'" + digits + "'");
  }
  return value;
}

std::size_t CountOf(const json& text, const std::string& part) {
  const auto& digits = text.get_ref<const std::string&>();
  std::size_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    Refuse(part, "a count", "'" + digits + "'");
  }
  return value;
}

/// The nodes of one tree as XGBoost numbers them.
class SavedTree {
 public:
  SavedTree(const json& tree, std::size_t number)
      : left_(tree.at("left_children").get<std::vector<std::int32_t>>()),
        right_(tree.at("right_children").get<std::vector<std::int32_t>>()),
        feature_(tree.at("split_indices").get<std::vector<std::int64_t>>()),
        condition_(tree.at("split_conditions").get<std::vector<float>>()),
        default_left_(tree.at("default_left").get<std::vector<int>>()) {
    for (const int type : tree.at("split_type").get<std::vector<int>>()) {
      if (type != 0) Refuse(Part(number), "numeric splits", "categorical ones");
    }
    const std::size_t n = left_.size();
    if (n == 0 || right_.size() != n || feature_.size() != n ||
        condition_.size() != n || default_left_.size() != n) {
      Refuse(Part(number), "arrays of one length > 0", "others");
    }
    for (std::size_t i = 0; i < n; ++i) {
      const auto inside = [&](std::int32_t child) {
        return child >= 0 && static_cast<std::size_t>(child) < n;
      };
      if (left_[i] != -1 && !(inside(left_[i]) && inside(right_[i]))) {
        Refuse(Part(number), "children within the tree", "others");
      }
    }
  }

  /// Numbers the nodes depth first, so that children follow their parents and
  /// nodes that pruning cut off vanish.
  Tree Renumber(std::size_t number) const {
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
      const auto i = static_cast<std::size_t>(node);
      if (tree.size() == left_.size()) {
        Refuse(Part(number), "nodes with one parent each", "a loop");
      }
      if (link != nullptr) *link = static_cast<std::int32_t>(tree.size());
      const bool leaf = left_[i] == -1;
      tree.feature.push_back(leaf ? 0 : static_cast<std::int32_t>(feature_[i]));
      tree.left.push_back(-1);
      tree.right.push_back(-1);
      tree.value.push_back(condition_[i]);
      tree.default_left.push_back(!leaf && default_left_[i] != 0 ? 1 : 0);
      if (leaf) continue;
      pending.push_back({right_[i], &tree.right.back()});
      pending.push_back({left_[i], &tree.left.back()});
    }
    return tree;
  }

 private:
  static std::string Part(std::size_t number) {
    return "tree " + std::to_string(number);
  }

  std::vector<std::int32_t> left_;
  std::vector<std::int32_t> right_;
  std::vector<std::int64_t> feature_;
  std::vector<float> condition_;
  std::vector<int> default_left_;
};

Link LinkOf(const std::string& objective) {
  if (objective == "reg:squarederror") return Link::kIdentity;
  if (objective == "binary:logistic") return Link::kLogistic;
  if (objective == "multi:softprob") return Link::kSoftmax;
  Refuse("objective", "reg:squarederror, binary:logistic or multi:softprob",
         "'" + objective + "'");
}

/// Tree i must add to class i % num_outputs.
void CheckTurns(const json& tree_info, std::size_t num_trees,
                std::size_t num_outputs) {
  const auto classes = tree_info.get<std::vector<std::int64_t>>();
  bool good = classes.size() == num_trees;
  for (std::size_t i = 0; good && i < num_trees; ++i) {
    good = classes[i] == static_cast<std::int64_t>(i % num_outputs);
  }
  if (!good) Refuse("tree_info", "one tree a round for every class", "others");
}

TreeEnsemble Read(const json& model) {
  const json& learner = model.at("learner");
  const json& booster = learner.at("gradient_booster");
  const auto& name = booster.at("name").get_ref<const std::string&>();
  if (name != "gbtree") Refuse("booster", "gbtree", "'" + name + "'");
  const json& parameters = learner.at("learner_model_param");
  TreeEnsemble ensemble;
  ensemble.num_features = CountOf(parameters.at("num_feature"), "num_feature");
  ensemble.link = LinkOf(learner.at("objective").at("name").get<std::string>());
  if (ensemble.link == Link::kSoftmax) {
    ensemble.num_outputs = CountOf(parameters.at("num_class"), "num_class");
    if (ensemble.num_outputs == 0) Refuse("num_class", "a number > 0", "0");
  }
  const float base = FloatOf(parameters.at("base_score"), "base_score");
  // XGBoost keeps the base score on the scale of the answer.
  ensemble.base_margin =
      ensemble.link == Link::kLogistic ? -std::log(1.0F / base - 1.0F) : base;
  const json& trees = booster.at("model").at("trees");
  CheckTurns(booster.at("model").at("tree_info"), trees.size(),
             ensemble.num_outputs);
  for (std::size_t i = 0; i < trees.size(); ++i) {
    ensemble.trees.push_back(SavedTree(trees[i], i).Renumber(i));
  }
  return ensemble;
}

}  // namespace

TreeEnsemble ReadXgboostTrees(std::string_view ubjson) {
  try {
    return Read(json::from_ubjson(ubjson.begin(), ubjson.end()));
  } catch (const json::exception& error) {
    throw DataError({.where = std::string(kWhere),
                     .expected = "UBJSON as XGBoost 1.7 writes it",
                     .got = error.what()});
  }
}

}  // namespace tidemill
