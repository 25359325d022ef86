#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/data/column_profile.h"
#include "tidemill/data/data_file.h"

namespace tidemill {

/// Rows drawn evenly from all, by a fixed seed: per column what
/// ColumnProfile::Add() made of their values.
struct RowSample {
  static constexpr std::size_t kMaxRows = 20'000;
  static constexpr std::size_t kMaxCells = 4'000'000;

  std::size_t rows = 0;
  std::vector<std::vector<ColumnProfile::Seen>> columns;
};

/// What a look at every row of a file tells.
struct TableProfile {
  std::string name;
  bool json = false;
  char separator = '\0';  ///< of CSV
  std::uint64_t rows = 0;
  std::vector<ColumnSummary> columns;

  std::uint64_t duplicate_rows = 0;  ///< rows that stood before, cell by cell
  std::uint64_t rows_compared = 0;   ///< those that were looked at for that
  /// Columns with the same value in every row: the later, the earlier.
  std::vector<std::pair<std::size_t, std::size_t>> duplicate_columns;
  RowSample sample;

  /// The column of that name; columns.size() when there is none.
  std::size_t Find(const std::string& column) const;
};

/// Hears how far the look is, in bytes of the file; the whole is 0 when not
/// known.
using ReadProgress =
    std::function<void(std::size_t position, std::size_t size)>;

/// Reads CSV or JSON lines from beginning to end, once.
///
/// JSON:    the fields of each line's object; a line that holds nothing else is
///          an error, a blank one no row.
/// Memory:  does not grow with the rows beyond bounds: 64 MiB for the hashes of
///          4,000,000 rows, 64 MiB for the sample, 160 MB for counted values,
///          64 KiB a column, and one row.
/// Errors:  DataError naming FILE:LINE, expected and found; on more than
///          Schema::kMaxFields columns, or a file without a row.
TableProfile ProfileTable(const DataFile& file, const ReadProgress& progress);

}  // namespace tidemill
