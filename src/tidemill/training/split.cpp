#include "tidemill/training/split.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"

namespace tidemill {
namespace {

using Rows = std::vector<std::size_t>;

/// The rows in a random order: by class when stratified, else as one group.
std::vector<Rows> ShuffledGroups(std::span<const double> target, bool stratify,
                                 std::uint64_t seed) {
  std::size_t classes = 1;
  if (stratify && !target.empty()) {
    classes += static_cast<std::size_t>(
        *std::max_element(target.begin(), target.end()));
  }
  std::vector<Rows> groups(classes);
  for (std::size_t row = 0; row < target.size(); ++row) {
    groups[stratify ? static_cast<std::size_t>(target[row]) : 0].push_back(row);
  }
  Random random(seed);
  for (Rows& group : groups) random.Shuffle(group);
  return groups;
}

void RequireRows(const Rows& group, std::size_t least, bool stratify,
                 const std::string& where) {
  if (group.size() >= least) return;
  throw DataError({.where = where,
                   .expected = "at least " + std::to_string(least) + " rows" +
                               (stratify ? " of each class" : ""),
                   .got = std::to_string(group.size())});
}

}  // namespace

Split HoldOut(std::span<const double> target, const SplitConfig& config,
              std::uint64_t seed, const std::string& where) {
  Split split;
  for (const Rows& group : ShuffledGroups(target, config.stratify, seed)) {
    RequireRows(group, 2, config.stratify, where);
    const auto share = static_cast<std::size_t>(
        std::llround(config.test_size * static_cast<double>(group.size())));
    const auto held_out = static_cast<std::ptrdiff_t>(
        std::clamp<std::size_t>(share, 1, group.size() - 1));
    split.test.insert(split.test.end(), group.begin(),
                      group.begin() + held_out);
    split.train.insert(split.train.end(), group.begin() + held_out,
                       group.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.test.begin(), split.test.end());
  return split;
}

std::vector<Split> MakeFolds(std::span<const double> target, std::size_t folds,
                             bool stratify, std::uint64_t seed) {
  std::vector<std::size_t> fold_of(target.size());
  std::size_t turn = 0;
  for (const Rows& group : ShuffledGroups(target, stratify, seed)) {
    RequireRows(group, folds, stratify, "--folds " + std::to_string(folds));
    for (const std::size_t row : group) fold_of[row] = turn++ % folds;
  }
  std::vector<Split> splits(folds);
  for (std::size_t row = 0; row < target.size(); ++row) {
    for (std::size_t fold = 0; fold < folds; ++fold) {
      Split& split = splits[fold];
      (fold_of[row] == fold ? split.test : split.train).push_back(row);
    }
  }
  return splits;
}

}  // namespace tidemill
