#include "tidemill/wire/field_values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

namespace tidemill {
namespace {

constexpr double kMaxInteger = 9007199254740992.0;  // 2^53

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Infinite or NaN when the text says so or no float64 holds it.
std::optional<double> ReadNumber(std::string_view cell) {
  std::string_view digits = cell;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() < cell.size() && digits.starts_with('-')) {
    return std::nullopt;
  }
  double value = 0.0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too large and too small look alike here; the latter is zero, as in JSON.
    return std::strtod(std::string(digits).c_str(), nullptr);
  }
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<Reason> StoreNumberCell(const Field& field, std::size_t index,
                                      std::string_view cell, std::size_t row,
                                      EventBatch& batch) {
  const std::optional<double> value = ReadNumber(cell);
  if (!value) return Reason::kWrongType;
  return StoreNumber(field, index, *value, row, batch);
}

std::optional<Reason> StoreBooleanCell(const Field& field, std::size_t index,
                                       std::string_view cell, std::size_t row,
                                       EventBatch& batch) {
  static constexpr std::array<std::string_view, 4> kTrue = {"true", "True",
                                                            "TRUE", "1"};
  static constexpr std::array<std::string_view, 4> kFalse = {"false", "False",
                                                             "FALSE", "0"};
  for (const std::string_view text : kTrue) {
    if (cell == text) return StoreBoolean(field, index, true, row, batch);
  }
  for (const std::string_view text : kFalse) {
    if (cell == text) return StoreBoolean(field, index, false, row, batch);
  }
  return Reason::kWrongType;
}

}  // namespace

std::optional<Reason> StoreNumber(const Field& field, std::size_t index,
                                  double value, std::size_t row,
                                  EventBatch& batch) {
  if (field.type != FieldType::kNumber && field.type != FieldType::kInteger) {
    return Reason::kWrongType;
  }
  if (!std::isfinite(value)) return Reason::kNonFiniteNumber;
  if (field.type == FieldType::kInteger &&
      (value != std::floor(value) || std::abs(value) > kMaxInteger)) {
    return Reason::kNotAnInteger;
  }
  batch.numbers(index)[row] = value;
  return std::nullopt;
}

std::optional<Reason> StoreBoolean(const Field& field, std::size_t index,
                                   bool value, std::size_t row,
                                   EventBatch& batch) {
  if (field.type != FieldType::kBoolean) return Reason::kWrongType;
  batch.numbers(index)[row] = value ? 1.0 : 0.0;
  return std::nullopt;
}

std::optional<Reason> StoreText(const Field& field, std::size_t index,
                                std::string_view value, std::size_t row,
                                EventBatch& batch) {
  switch (field.type) {
    case FieldType::kCategory:
      batch.codes(index)[row] = field.categories.Find(value);
      return std::nullopt;
    case FieldType::kText:
      batch.texts(index)[row] = batch.Keep(value);
      return std::nullopt;
    case FieldType::kTimestamp: {
      const std::optional<Timestamp> time = ParseTimestamp(value);
      if (!time) return Reason::kInvalidTimestamp;
      batch.timestamps(index)[row] = *time;
      return std::nullopt;
    }
    case FieldType::kNumber:
    case FieldType::kInteger:
    case FieldType::kBoolean:
      break;
  }
  return Reason::kWrongType;
}

std::optional<Reason> StoreCell(const Field& field, std::size_t index,
                                std::string_view cell, std::size_t row,
                                EventBatch& batch) {
  if (IsBlank(cell)) return std::nullopt;
  switch (field.type) {
    case FieldType::kNumber:
    case FieldType::kInteger:
      return StoreNumberCell(field, index, Trim(cell), row, batch);
    case FieldType::kBoolean:
      return StoreBooleanCell(field, index, Trim(cell), row, batch);
    case FieldType::kTimestamp:
      return StoreText(field, index, Trim(cell), row, batch);
    case FieldType::kCategory:
    case FieldType::kText:
      break;
  }
  return StoreText(field, index, cell, row, batch);
}

std::optional<double> ParseNumberCell(std::string_view cell) {
  const std::optional<double> value = ReadNumber(cell);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

bool IsBlank(std::string_view text) { return Trim(text).empty(); }

std::string_view Wanted(FieldType type) {
  static constexpr std::array<std::string_view, kNumFieldTypes> kWanted = {
      "a number", "an integer", "true or false", "text", "text", "a timestamp"};
  return kWanted[static_cast<std::size_t>(type)];
}

void StoreEventId(const Schema& schema, std::string_view id_text,
                  std::size_t row, EventBatch& batch) {
  const std::size_t index = *schema.id_field();
  switch (schema.field(index).type) {
    case FieldType::kText:
      batch.event_ids()[row] = batch.texts(index)[row];
      return;
    case FieldType::kCategory:
      batch.event_ids()[row] = batch.Keep(id_text);
      return;
    default: {
      std::array<char, 32> digits{};
      const auto [end, error] =
          std::to_chars(digits.data(), digits.data() + digits.size(),
                        static_cast<std::int64_t>(batch.numbers(index)[row]));
      batch.event_ids()[row] = batch.Keep(
          {digits.data(), static_cast<std::size_t>(end - digits.data())});
      return;
    }
  }
}

}  // namespace tidemill
