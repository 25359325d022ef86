#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/data/csv_reader.h"

namespace tidemill {

/// CSV whose first record names the columns, once each; every other record has
/// as many cells.
/// Errors: DataError naming file and line, as CsvReader's; on a name that
///         stands twice, a row with more or fewer cells, the header once more.
class CsvTable {
 public:
  /// As CsvReader. Reads the header; throws DataError on an empty file.
  CsvTable(ByteSource& text, const DataFile& file);

  const std::vector<std::string>& columns() const { return columns_; }
  /// The next row; false at the end.
  bool Next();
  /// Of the last row, in the order of columns(); views until the next one.
  const std::vector<std::string_view>& cells() const { return cells_; }
  /// Of the last row, or of the header before the first.
  RowPlace place() const { return reader_.place(); }
  char separator() const { return reader_.separator(); }

 private:
  void ReadHeader();
  bool IsHeaderAgain() const;

  CsvReader reader_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> cells_;
};

/// A cell's number with a point before its fraction, as the rest of the code
/// wants it. A cell that has another shape (1.234,5) comes back as it is, for
/// its reader to refuse. The view is of `cell` or `scratch`.
std::string_view WithPoint(std::string_view cell, char decimal,
                           std::string& scratch);

/// True of 1,5 where a point is wanted.
bool HasDecimalComma(std::string_view cell);

/// What an error adds to a cell that is no number: " (a decimal comma? ...)",
/// or nothing.
std::string DecimalHint(std::string_view cell);

}  // namespace tidemill
