#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemill/config/training_config.h"

namespace tidemill {

/// Row numbers, rising.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> test;
};

/// Shuffles the rows by the seed and holds a share of them out; stratified,
/// the same share of every class, at least one row of each on both sides.
/// Throws DataError naming `where` when there are too few rows for that.
Split HoldOut(std::span<const double> target, const SplitConfig& config,
              std::uint64_t seed, const std::string& where = "split");

/// Folds of (nearly) equal size; every row is tested once. With `stratify`
/// every class is dealt out evenly. Throws DataError unless every fold gets a
/// row (of every class).
std::vector<Split> MakeFolds(std::span<const double> target, std::size_t folds,
                             bool stratify, std::uint64_t seed);

}  // namespace tidemill
