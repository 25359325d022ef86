#include "tidemill/data/csv_table.h"

#include <algorithm>

#include "tidemill/core/errors.h"
#include "tidemill/data/cell_text.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {

CsvTable::CsvTable(ByteSource& text, const DataFile& file)
    : reader_(text, file.name, file.format.separator) {
  if (!reader_.Next(cells_)) {
    throw DataError({.where = file.name,
                     .expected = "a header and rows",
                     .got = "an empty file"});
  }
  ReadHeader();
}

void CsvTable::ReadHeader() {
  columns_.assign(cells_.begin(), cells_.end());
  std::vector<std::string_view> sorted(columns_.begin(), columns_.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return;
  throw DataError({.where = place().Text(),
                   .expected = "column names once each",
                   .got = "'" + std::string(*twice) + "' twice"});
}

bool CsvTable::Next() {
  if (!reader_.Next(cells_)) return false;
  if (cells_.size() != columns_.size()) {
    throw DataError({.where = place().Text(),
                     .expected = std::to_string(columns_.size()) +
                                 " cells, as in the header",
                     .got = std::to_string(cells_.size())});
  }
  if (IsHeaderAgain()) {
    throw DataError(
        {.where = place().Text(),
         .expected = "a row (files that were joined keep one header)",
         .got = "the header once more"});
  }
  return true;
}

bool CsvTable::IsHeaderAgain() const {
  // A single name may well be a value of its column.
  return columns_.size() > 1 &&
         std::equal(columns_.begin(), columns_.end(), cells_.begin());
}

std::string_view WithPoint(std::string_view cell, char decimal,
                           std::string& scratch) {
  if (decimal == '.') return cell;
  const std::size_t comma = cell.find(decimal);
  if (comma == std::string_view::npos) return cell;
  if (cell.find('.') != std::string_view::npos) return cell;
  scratch = cell;
  scratch[comma] = '.';
  return scratch;
}

bool HasDecimalComma(std::string_view cell) {
  std::string scratch;
  const std::string_view number = WithPoint(Trim(cell), ',', scratch);
  return number.data() == scratch.data() && ParseNumberCell(number).has_value();
}

std::string DecimalHint(std::string_view cell) {
  return HasDecimalComma(cell) ? " (a decimal comma? For CSV: --decimal ,)"
                               : "";
}

}  // namespace tidemill
