#include "tidemill/features/category_counts.h"

#include <algorithm>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {

CategoryCounts CountCategories(std::string_view step,
                               const FrameColumn& column) {
  RequireKind(step, column.column, ColumnKind::kCategory);
  if (column.codes.empty()) {
    throw DataError(
        {.where = std::string(step) + ", column '" + column.column.name + "'",
         .expected = "rows to learn from",
         .got = "none"});
  }
  CategoryCounts made;
  made.rows = column.codes.size();
  std::vector<CategoryCount> all(column.column.categories.size());
  for (std::size_t row = 0; row < made.rows; ++row) {
    const std::int32_t code = column.codes[row];
    if (code == kMissingCode) ++made.missing;
    if (code < 0) continue;
    CategoryCount& one = all[static_cast<std::size_t>(code)];
    if (one.count++ == 0) one.first_row = row;
  }
  for (std::size_t code = 0; code < all.size(); ++code) {
    if (all[code].count == 0) continue;
    all[code].text = column.column.categories[code];
    made.categories.push_back(std::move(all[code]));
  }
  std::sort(made.categories.begin(), made.categories.end(),
            [](const CategoryCount& a, const CategoryCount& b) {
              return a.text < b.text;
            });
  return made;
}

}  // namespace tidemill
