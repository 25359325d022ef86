#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/dictionary.h"

namespace tidemill {

enum class FieldType : std::uint8_t {
  kNumber,     ///< float64
  kInteger,    ///< float64 without a fraction, within +-2^53
  kBoolean,    ///< 0 or 1
  kCategory,   ///< code of a dictionary
  kText,       ///< UTF-8, e.g. an id
  kTimestamp,  ///< see ParseTimestamp
};
inline constexpr int kNumFieldTypes = 6;
inline constexpr std::array<std::string_view, kNumFieldTypes> kFieldTypeNames =
    {"number", "integer", "boolean", "category", "text", "timestamp"};

std::string_view ToText(FieldType type);
std::optional<FieldType> ParseFieldType(std::string_view text);

/// True for the types whose column holds float64.
constexpr bool IsNumeric(FieldType type) {
  return type == FieldType::kNumber || type == FieldType::kInteger ||
         type == FieldType::kBoolean;
}

struct Field {
  std::string name;
  FieldType type = FieldType::kNumber;
  bool required = false;
  std::string unit;       ///< for people; empty when it has none
  Dictionary categories;  ///< of a category field: what training saw
};

/// The fields of an event, in the order training named them.
/// Threads: immutable once built.
class Schema {
 public:
  static constexpr std::size_t kMaxFields = 4096;
  static constexpr std::size_t kMaxNameBytes = 256;

  Schema() = default;
  /// `id_field` and `event_time_field` name fields, or are empty. Throws
  /// ArtifactError on no fields, too many, an empty, over-long or repeated
  /// name, an id that is neither text, category nor integer, or an event time
  /// that is no timestamp.
  Schema(std::vector<Field> fields, std::string_view id_field,
         std::string_view event_time_field);

  const std::vector<Field>& fields() const { return fields_; }
  const Field& field(std::size_t index) const { return fields_[index]; }
  std::size_t size() const { return fields_.size(); }
  std::optional<std::size_t> Find(std::string_view name) const;

  std::optional<std::size_t> id_field() const { return id_field_; }
  std::optional<std::size_t> event_time_field() const {
    return event_time_field_;
  }

 private:
  std::vector<Field> fields_;
  Dictionary names_;
  std::optional<std::size_t> id_field_;
  std::optional<std::size_t> event_time_field_;
};

}  // namespace tidemill
