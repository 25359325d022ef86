#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/data/data_file.h"

namespace tidemill {

/// Takes CSV apart, record by record.
///
/// Rules:   RFC 4180: separators, quotes, doubled quotes, line ends within
///          quotes; CRLF, LF or CR ends a record; an empty line is no record. A
///          quote that does not begin a cell is a character like others. Unless
///          it is given, the separator is the one of , ; tab | that the header
///          holds most often outside quotes, or what a first line `sep=;`
///          names.
/// Memory:  one record, at most kMaxRecordBytes, and 256 KiB.
/// Errors:  DataError naming file and line on a quote that nothing closes, text
///          behind a closing quote, or a record that is too long.
class CsvReader {
 public:
  /// `text` is UTF-8 and must outlive the reader; `name` stands in errors.
  CsvReader(ByteSource& text, std::string name, char separator = '\0');
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  /// The next record; false at the end. Cells are views of the reader, until
  /// the next call.
  bool Next(std::vector<std::string_view>& cells);

  /// Of the last record.
  RowPlace place() const { return {.file = &name_, .line = record_line_}; }
  /// 0 until the first record was read.
  char separator() const { return separator_; }

 private:
  enum class Found { kRecord, kEnd, kNeedsMore };
  /// Where the parser stands: it steps back when the text ends too early.
  struct Cursor {
    std::size_t at = 0;
    std::size_t line = 1;
  };

  Found Parse(std::vector<std::string_view>& cells);
  Found ParseCell(Cursor& cursor, std::string_view& cell);
  Found ParseQuoted(Cursor& cursor, std::string_view& cell);
  /// kEnd when there is no line end here.
  Found ParseLineEnd(Cursor& cursor) const;
  std::string_view Unquoted(std::string_view raw);
  Found AtEndOfText() const { return ended_ ? Found::kEnd : Found::kNeedsMore; }
  void Fill();
  void ChooseSeparator();

  ByteSource& source_;
  std::string name_;
  char separator_;
  std::string text_;  ///< read and not yet parsed from next_ on
  Cursor next_;
  bool ended_ = false;  ///< the source has no more
  std::size_t record_line_ = 0;
  std::deque<std::string> unquoted_;  ///< cells that held doubled quotes
};

/// "a comma", "';'", "a tab": for people.
std::string DescribeSeparator(char separator);

}  // namespace tidemill
