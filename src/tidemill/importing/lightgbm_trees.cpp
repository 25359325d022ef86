#include "tidemill/importing/lightgbm_trees.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

constexpr std::int32_t kCategorical = 1;
constexpr std::int32_t kDefaultLeft = 2;

/// The bits of a split's decision_type beyond the two above.
enum MissingType : std::int32_t { kNone = 0, kZero = 1, kNaN = 2 };

Missing MissingOf(const LightgbmSection& tree, std::int32_t decision) {
  if ((decision & kCategorical) != 0) return Missing::kRight;
  const bool left = (decision & kDefaultLeft) != 0;
  switch (decision >> 2) {
    case kNone:
      return Missing::kIsZero;
    case kZero:
      return left ? Missing::kZeroLeft : Missing::kZeroRight;
    case kNaN:
      return left ? Missing::kLeft : Missing::kRight;
    default:
      tree.Refuse("decision_type", "a missing type None, Zero or NaN",
                  std::to_string(decision));
  }
}

/// LightGBM takes a feature of -kZeroBound for 0, which is right of a threshold
/// of as much. No threshold lies nearer to 0.
double WithoutZero(double threshold) {
  if (threshold != -kZeroBound) return threshold;
  return std::nextafter(threshold, -std::numeric_limits<double>::infinity());
}

/// Moves the splits by category from the threshold, which holds the number of
/// the set, to the set.
void ReadCategories(const LightgbmSection& section,
                    const std::vector<std::int32_t>& decisions,
                    std::size_t num_sets, ForestTree& tree) {
  tree.category_set.assign(decisions.size(), -1);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if ((decisions[i] & kCategorical) == 0) continue;
    const double set = tree.threshold[i];
    if (!(set >= 0.0 && set < static_cast<double>(num_sets))) {
      section.Refuse("threshold", "a category set below num_cat", "another");
    }
    tree.category_set[i] = static_cast<std::int32_t>(set);
    tree.threshold[i] = 0.0;
  }
  if (num_sets == 0) return tree.category_set.clear();
  const auto bounds =
      section.Numbers<std::int32_t>("cat_boundaries", num_sets + 1);
  if (bounds.front() != 0 || bounds.back() < 0) {
    section.Refuse("cat_boundaries", "bounds from 0 up", "others");
  }
  tree.set_end.assign(bounds.begin() + 1, bounds.end());
  const auto words = section.Numbers<std::uint32_t>(
      "cat_threshold", static_cast<std::size_t>(bounds.back()));
  tree.set_words.assign(words.begin(), words.end());
}

ForestTree ReadTree(const LightgbmSection& section) {
  constexpr std::size_t kMost = Forest::kMaxValues;
  if (section.Has("is_linear") && section.Count("is_linear", 0, 1) == 1) {
    section.Refuse("is_linear", "0: leaves without linear models (linear_tree)",
                   "1");
  }
  const std::size_t leaves = section.Count("num_leaves", 1, kMost);
  ForestTree tree;
  tree.value = section.Numbers<double>("leaf_value", leaves);
  if (leaves == 1) return tree;
  const std::size_t splits = leaves - 1;
  tree.feature = section.Numbers<std::int32_t>("split_feature", splits);
  tree.threshold = section.Numbers<double>("threshold", splits);
  for (double& threshold : tree.threshold) threshold = WithoutZero(threshold);
  tree.left = section.Numbers<std::int32_t>("left_child", splits);
  tree.right = section.Numbers<std::int32_t>("right_child", splits);
  const auto decisions = section.Numbers<std::int32_t>("decision_type", splits);
  for (const std::int32_t decision : decisions) {
    tree.missing.push_back(
        static_cast<std::uint8_t>(MissingOf(section, decision)));
  }
  ReadCategories(section, decisions, section.Count("num_cat", 0, kMost), tree);
  return tree;
}

}  // namespace

std::vector<ForestTree> ReadLightgbmTrees(LightgbmLines& lines) {
  std::vector<ForestTree> trees;
  for (std::string_view line = lines.Next(); line != "end of trees";
       line = lines.Next()) {
    if (line.empty()) continue;
    if (line != "Tree=" + std::to_string(trees.size())) {
      lines.Refuse("tree " + std::to_string(trees.size()) + " or the end",
                   QuotedText(line));
    }
    LightgbmSection section(lines.Place() + ", tree " +
                            std::to_string(trees.size()));
    for (line = lines.Next(); !line.empty(); line = lines.Next()) {
      section.Add(line);
    }
    trees.push_back(ReadTree(section));
  }
  return trees;
}

}  // namespace tidemill
