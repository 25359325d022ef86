#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/features/frame.h"

namespace tidemill {

/// How often one category stands in a column.
struct CategoryCount {
  std::string text;
  std::size_t count = 0;
  std::size_t first_row = 0;  ///< where it stands first
};

/// How often each category stands in a column.
struct CategoryCounts {
  /// Those that occur, sorted by their bytes, which is by code point.
  std::vector<CategoryCount> categories;
  std::size_t missing = 0;
  std::size_t rows = 0;  ///< missing and unseen ones too
};

/// Throws ConfigError unless the column is a category, DataError when it has
/// no rows; both name the step and the column.
CategoryCounts CountCategories(std::string_view step,
                               const FrameColumn& column);

}  // namespace tidemill
