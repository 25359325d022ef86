#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tidemill/config/training_config.h"

namespace tidemill {

/// Row numbers, rising.
struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> test;
};

/// Shuffles the rows by the seed and holds a share of them out; stratified,
/// the same share of either class, at least one row of each on both sides.
/// Throws DataError when there are too few rows for that.
Split HoldOut(std::span<const double> target, const SplitConfig& config,
              std::uint64_t seed);

/// Folds of (nearly) equal size; every row is tested once. With `stratify`
/// either class is dealt out evenly. Throws DataError unless every fold gets a
/// row (of either class).
std::vector<Split> MakeFolds(std::span<const double> target, std::size_t folds,
                             bool stratify, std::uint64_t seed);

}  // namespace tidemill
