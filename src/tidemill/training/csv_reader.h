#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/training/data_file.h"

namespace tidemill {

/// Takes CSV apart, record by record.
///
/// Rules:   RFC 4180: commas, quotes, doubled quotes, line ends within quotes;
///          CRLF, LF or CR ends a record; an empty line is no record. A quote
///          that does not begin a cell is a character like others.
/// Errors:  DataError naming file and line on a quote that nothing closes or
///          text behind a closing quote.
class CsvReader {
 public:
  /// `file` must outlive the reader and the cells.
  explicit CsvReader(const DataFile& file);

  /// The next record; false at the end. Cells are views of the file or of the
  /// reader, until the next call.
  bool Next(std::vector<std::string_view>& cells);

  /// Of the last record.
  RowPlace place() const {
    return {.file = &file_->name, .line = record_line_};
  }
  /// Bytes read so far.
  std::size_t position() const { return at_; }

 private:
  std::string_view ReadCell();
  std::string_view ReadQuoted();
  void EndLine();
  bool AtLineEnd() const {
    return at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r');
  }

  const DataFile* file_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  std::deque<std::string> unquoted_;  ///< cells that held doubled quotes
};

}  // namespace tidemill
