#include "producers/replay_feed.h"

#include <algorithm>

#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"
#include "tidemill/wire/field_values.h"

namespace tidemill {
namespace {

std::size_t FindKey(const std::vector<std::string>& columns,
                    const std::string& key, const RowPlace& place) {
  const auto found = std::find(columns.begin(), columns.end(), key);
  if (found == columns.end()) {
    const std::string nearest = NearestName(key, columns);
    throw DataError(
        {.where = place.Text(),
         .expected =
             "a column '" + key + "', the key" +
             (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"),
         .got = "none of that name"});
  }
  return static_cast<std::size_t>(found - columns.begin());
}

}  // namespace

ReplayFeed::ReplayFeed(const DataFile& file, const Shape& shape)
    : file_(file),
      text_(file),
      key_field_(shape.key),
      digests_(shape.digests),
      marks_(kRemembered) {
  if (text_.is_json()) {
    lines_.emplace(text_.text(), kMaxRecordBytes);
    return;
  }
  table_ = std::make_unique<CsvTable>(text_.text(), file);
  DigestCells({table_->columns().begin(), table_->columns().end()});
  if (shape.schema != nullptr) {
    events_.emplace(table_->columns(), *shape.schema, file);
  } else if (shape.profile != nullptr) {
    events_.emplace(table_->columns(), *shape.profile, file);
  } else {
    throw UsageError({.where = "--schema",
                      .expected = "a model.bin or a training config, for CSV "
                                  "from a pipe cannot be read twice",
                      .got = "none"});
  }
  if (!key_field_.empty()) {
    key_column_ = FindKey(table_->columns(), key_field_, table_->place());
  }
}

bool ReplayFeed::NextLine() {
  while (lines_->Read(value_)) {
    ++line_;
    if (value_.ends_with('\r')) value_.pop_back();
    if (value_.size() > kMaxRecordBytes) {
      throw DataError({.where = RowPlace{&file_.name, line_}.Text(),
                       .expected = "a line of at most " +
                                   std::to_string(kMaxRecordBytes) + " bytes",
                       .got = std::to_string(lines_->line_bytes())});
    }
    if (!IsBlank(value_)) return true;
  }
  return false;
}

bool ReplayFeed::NextRow() {
  if (!table_->Next()) return false;
  line_ = table_->place().line;
  return true;
}

bool ReplayFeed::Advance() {
  at_end_ = lines_ ? !NextLine() : !NextRow();
  if (at_end_) return false;
  if (digests_) DigestRow();
  marks_[rows_ % kRemembered] = {
      .line = line_, .position = text_.position(), .digest = digest_};
  ++rows_;
  return true;
}

void ReplayFeed::DigestRow() {
  if (lines_) {
    DigestText(value_);
  } else {
    DigestCells(table_->cells());
  }
}

void ReplayFeed::DigestText(std::string_view text) {
  Sha256Stream stream;
  stream.Add({reinterpret_cast<const char*>(digest_.data()), digest_.size()});
  stream.Add(text);
  digest_ = stream.Finish();
}

void ReplayFeed::DigestCells(const std::vector<std::string_view>& cells) {
  digested_.clear();
  for (const std::string_view cell : cells) {
    // With its length: a,bc is not ab,c.
    digested_ += std::to_string(cell.size());
    digested_ += ':';
    digested_ += cell;
  }
  DigestText(digested_);
}

std::uint64_t ReplayFeed::Skip(std::uint64_t rows) {
  std::uint64_t skipped = 0;
  while (skipped < rows && Advance()) ++skipped;
  return skipped;
}

bool ReplayFeed::Next(OutRecord& record) {
  if (!Advance()) return false;
  if (table_) {
    value_.clear();
    events_->Append(table_->cells(), table_->place(), value_);
  }
  record.value = value_;
  SetKey(record);
  return true;
}

void ReplayFeed::SetKey(OutRecord& record) {
  record.key.reset();
  if (key_field_.empty()) return;
  if (table_) {
    const std::string_view cell = table_->cells()[key_column_];
    if (!IsBlank(cell)) record.key = cell;
  } else {
    record.key = field_text_.Find(value_, key_field_);
  }
  without_key_ += !record.key;
}

}  // namespace tidemill
