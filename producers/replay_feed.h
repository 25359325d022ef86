#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "producers/csv_events.h"
#include "tidemill/data/csv_table.h"
#include "tidemill/data/line_reader.h"
#include "tidemill/model/digest.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/wire/field_text.h"

namespace tidemill {

/// The rows of a file as records: a line of JSON as it is, a CSV row as
/// CsvEvents writes it. Blank lines are no rows.
///
/// Key:    of JSON what FieldText finds in the key's field, so that a canary's
///         share is drawn by the same text; of CSV the cell. A row without one
///         has none.
/// Memory: one row, twice, and 4 MiB.
/// Errors: DataError naming FILE:LINE.
class ReplayFeed final : public RecordFeed {
 public:
  struct Shape {
    const Schema* schema = nullptr;         ///< of CSV columns,
    const TableProfile* profile = nullptr;  ///< or what they hold
    std::string key;                        ///< a field; empty: no keys
    bool digests = false;  ///< with Mark::digest, for 0.5 us a row
  };
  /// `file` must outlive it. Throws UsageError on CSV without a schema and
  /// without a profile.
  ReplayFeed(const DataFile& file, const Shape& shape);

  bool Next(OutRecord& record) override;
  /// Leaves out so many rows; answers how many there were.
  std::uint64_t Skip(std::uint64_t rows);

  /// Rows handed out or left out so far.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t without_key() const { return without_key_; }
  bool at_end() const { return at_end_; }
  std::size_t size() const { return text_.size(); }
  /// Columns of CSV that are not sent.
  std::vector<std::string> left_out() const {
    return events_ ? events_->left_out() : std::vector<std::string>();
  }

  /// Where a row stands, by its number from 0: of the last kRemembered.
  struct Mark {
    std::size_t line = 0;
    std::size_t position = 0;  ///< bytes of the file read until then
    /// Of the text of this row and of all before it, however the file is
    /// compressed or encoded; of CSV by cells, with the header.
    Sha256Digest digest{};
  };
  static constexpr std::size_t kRemembered = 65536;
  Mark mark(std::uint64_t row) const { return marks_[row % kRemembered]; }

 private:
  bool NextLine();
  bool NextRow();
  bool Advance();
  void DigestRow();
  /// Takes `text` into digest_, each row by itself: after every row digest_ is
  /// that of a whole beginning.
  void DigestText(std::string_view text);
  void DigestCells(const std::vector<std::string_view>& cells);
  void SetKey(OutRecord& record);

  const DataFile& file_;
  DataText text_;
  std::string key_field_;
  std::optional<LineReader> lines_;
  std::unique_ptr<CsvTable> table_;
  std::optional<CsvEvents> events_;
  std::size_t key_column_ = 0;
  std::size_t line_ = 0;
  std::string value_;
  FieldText field_text_;
  std::uint64_t rows_ = 0;
  std::uint64_t without_key_ = 0;
  bool digests_;
  std::string digested_;
  Sha256Digest digest_{};
  bool at_end_ = false;
  std::vector<Mark> marks_;
};

}  // namespace tidemill
