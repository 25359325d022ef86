#include "tidemill/core/event_batch.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

namespace tidemill {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

}  // namespace

void EventBatch::Column::Resize(std::size_t rows) {
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
    case FieldType::kBoolean:
      return numbers.resize(rows);
    case FieldType::kCategory:
      return codes.resize(rows);
    case FieldType::kText:
      return texts.resize(rows);
    case FieldType::kTimestamp:
      return timestamps.resize(rows);
  }
}

void EventBatch::Column::SetMissing(std::size_t row) {
  switch (type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
    case FieldType::kBoolean:
      numbers[row] = std::numeric_limits<double>::quiet_NaN();
      return;
    case FieldType::kCategory:
      codes[row] = kMissingCode;
      return;
    case FieldType::kText:
      texts[row] = {};
      return;
    case FieldType::kTimestamp:
      timestamps[row] = {};
      return;
  }
}

void EventBatch::Reset(const Schema& schema) {
  const bool same = std::equal(
      columns_.begin(), columns_.end(), schema.fields().begin(),
      schema.fields().end(),
      [](const Column& a, const Field& b) { return a.type == b.type; });
  if (!same) {
    columns_.clear();
    columns_.resize(schema.size());
    for (std::size_t i = 0; i < schema.size(); ++i) {
      columns_[i].type = schema.field(i).type;
      columns_[i].Resize(capacity_);
    }
  }
  Clear();
}

void EventBatch::Clear() {
  num_rows_ = 0;
  if (chunks_.size() > 1) {
    // The next batch like this one fits into one chunk. Keeping the many would
    // let a hostile order of sizes add one with every batch.
    const std::size_t total = text_capacity();
    chunks_.clear();
    AddChunk(total);
  }
  chunk_used_ = 0;
}

void EventBatch::Reserve(std::size_t rows) {
  if (rows <= capacity_) return;
  capacity_ = rows;
  for (Column& column : columns_) column.Resize(rows);
  ids_.resize(rows);
}

std::size_t EventBatch::AppendRow() {
  if (num_rows_ == capacity_) {
    Reserve(std::max<std::size_t>(64, 2 * capacity_));
  }
  for (Column& column : columns_) column.SetMissing(num_rows_);
  ids_[num_rows_] = {};
  return num_rows_++;
}

std::span<double> EventBatch::numbers(std::size_t field) {
  assert(IsNumeric(columns_[field].type));
  return {columns_[field].numbers.data(), num_rows_};
}
std::span<const double> EventBatch::numbers(std::size_t field) const {
  assert(IsNumeric(columns_[field].type));
  return {columns_[field].numbers.data(), num_rows_};
}
std::span<std::int32_t> EventBatch::codes(std::size_t field) {
  assert(columns_[field].type == FieldType::kCategory);
  return {columns_[field].codes.data(), num_rows_};
}
std::span<const std::int32_t> EventBatch::codes(std::size_t field) const {
  assert(columns_[field].type == FieldType::kCategory);
  return {columns_[field].codes.data(), num_rows_};
}
std::span<std::string_view> EventBatch::texts(std::size_t field) {
  assert(columns_[field].type == FieldType::kText);
  return {columns_[field].texts.data(), num_rows_};
}
std::span<const std::string_view> EventBatch::texts(std::size_t field) const {
  assert(columns_[field].type == FieldType::kText);
  return {columns_[field].texts.data(), num_rows_};
}
std::span<Timestamp> EventBatch::timestamps(std::size_t field) {
  assert(columns_[field].type == FieldType::kTimestamp);
  return {columns_[field].timestamps.data(), num_rows_};
}
std::span<const Timestamp> EventBatch::timestamps(std::size_t field) const {
  assert(columns_[field].type == FieldType::kTimestamp);
  return {columns_[field].timestamps.data(), num_rows_};
}

std::string_view EventBatch::Keep(std::string_view text) {
  if (text.empty()) return {"", 0};
  if (chunks_.empty() || chunks_.back().size - chunk_used_ < text.size()) {
    AddChunk(text.size());
  }
  char* place = chunks_.back().bytes.get() + chunk_used_;
  std::memcpy(place, text.data(), text.size());
  chunk_used_ += text.size();
  return {place, text.size()};
}

std::size_t EventBatch::text_capacity() const {
  std::size_t total = 0;
  for (const Chunk& chunk : chunks_) total += chunk.size;
  return total;
}

void EventBatch::AddChunk(std::size_t size) {
  size = std::bit_ceil(std::max(kChunkBytes, size));
  chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  chunk_used_ = 0;
}

}  // namespace tidemill
