#include "tidemill/features/finite_columns.h"

#include <cmath>
#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {

void RequireFinite(std::string_view step, const FrameColumn& column,
                   bool missing_too) {
  RequireKind(step, column.column, ColumnKind::kNumber);
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const double number = column.numbers[row];
    if (std::isfinite(number) || (missing_too && std::isnan(number))) continue;
    throw DataError(
        {.where = std::string(step) + ", column '" + column.column.name +
                  "', row " + std::to_string(row),
         .expected = std::isnan(number)
                         ? "a number (put a SimpleImputer before it)"
                         : "a finite number",
         .got = std::isnan(number) ? "a missing value" : "an infinite one"});
  }
}

}  // namespace tidemill
