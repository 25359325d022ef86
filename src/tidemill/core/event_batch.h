#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tidemill/core/schema.h"
#include "tidemill/core/timestamp.h"

namespace tidemill {

/// Decoded events as typed columns, one column per field of a schema.
///
/// Missing: NaN in numeric columns, kMissingCode in category columns (a text
///          outside the dictionary is kUnseenCode), a view without data() in
///          text columns, Timestamp::kMissing in timestamp columns.
/// Memory:  grows to the largest batch seen and is then reused.
/// Threads: one at a time.
class EventBatch {
 public:
  EventBatch() = default;
  explicit EventBatch(const Schema& schema) { Reset(schema); }

  /// Takes the columns of `schema` and forgets all rows. Cheap when the field
  /// types are those it has already.
  void Reset(const Schema& schema);
  /// Forgets all rows and texts.
  void Clear();
  /// Room for so many rows.
  void Reserve(std::size_t rows);

  /// Adds a row in which everything is missing; returns its number.
  std::size_t AppendRow();
  /// Takes back the last AppendRow().
  void DropLastRow() { --num_rows_; }

  std::size_t num_rows() const { return num_rows_; }
  std::size_t num_fields() const { return columns_.size(); }

  /// The column of a field of that type; num_rows() long.
  std::span<double> numbers(std::size_t field);
  std::span<const double> numbers(std::size_t field) const;
  std::span<std::int32_t> codes(std::size_t field);
  std::span<const std::int32_t> codes(std::size_t field) const;
  std::span<std::string_view> texts(std::size_t field);
  std::span<const std::string_view> texts(std::size_t field) const;
  std::span<Timestamp> timestamps(std::size_t field);
  std::span<const Timestamp> timestamps(std::size_t field) const;

  /// The id field's value as text; a view without data() when missing.
  std::span<std::string_view> event_ids() { return {ids_.data(), num_rows_}; }
  std::span<const std::string_view> event_ids() const {
    return {ids_.data(), num_rows_};
  }

  /// Copies a text so that it lives until Clear() or Reset().
  std::string_view Keep(std::string_view text);
  /// Bytes set aside for texts.
  std::size_t text_capacity() const;

 private:
  struct Column {
    FieldType type = FieldType::kNumber;
    std::vector<double> numbers;
    std::vector<std::int32_t> codes;
    std::vector<std::string_view> texts;
    std::vector<Timestamp> timestamps;
    void Resize(std::size_t rows);
    void SetMissing(std::size_t row);
  };

  std::vector<Column> columns_;
  std::vector<std::string_view> ids_;
  std::size_t num_rows_ = 0;
  std::size_t capacity_ = 0;

  /// Texts live in chunks, so that a view never moves; Clear() makes one chunk
  /// of them. Only the last one is being filled.
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  void AddChunk(std::size_t size);
  std::vector<Chunk> chunks_;
  std::size_t chunk_used_ = 0;
};

}  // namespace tidemill
