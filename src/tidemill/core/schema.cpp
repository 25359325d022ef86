#include "tidemill/core/schema.h"

#include <array>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

std::optional<std::size_t> Lookup(const Schema& schema, std::string_view role,
                                  std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto index = schema.Find(name);
  if (!index) {
    throw ArtifactError({.where = "schema, " + std::string(role),
                         .expected = "the name of a field",
                         .got = "'" + std::string(name) + "'"});
  }
  return index;
}

void CheckName(const std::string& name) {
  if (name.empty() || name.size() > Schema::kMaxNameBytes) {
    throw ArtifactError(
        {.where = "schema, field name",
         .expected = "1 to " + std::to_string(Schema::kMaxNameBytes) + " bytes",
         .got = std::to_string(name.size())});
  }
}

}  // namespace

std::string_view ToText(FieldType type) {
  return kFieldTypeNames[static_cast<std::size_t>(type)];
}

std::optional<FieldType> ParseFieldType(std::string_view text) {
  for (std::size_t i = 0; i < kFieldTypeNames.size(); ++i) {
    if (kFieldTypeNames[i] == text) return static_cast<FieldType>(i);
  }
  return std::nullopt;
}

Schema::Schema(std::vector<Field> fields, std::string_view id_field,
               std::string_view event_time_field)
    : fields_(std::move(fields)) {
  if (fields_.empty() || fields_.size() > kMaxFields) {
    throw ArtifactError(
        {.where = "schema",
         .expected = "1 to " + std::to_string(kMaxFields) + " fields",
         .got = std::to_string(fields_.size())});
  }
  std::vector<std::string> names;
  names.reserve(fields_.size());
  for (const Field& field : fields_) {
    CheckName(field.name);
    names.push_back(field.name);
  }
  names_ = Dictionary(std::move(names));
  id_field_ = Lookup(*this, "id", id_field);
  event_time_field_ = Lookup(*this, "event time", event_time_field);
  if (id_field_) {
    const FieldType type = fields_[*id_field_].type;
    if (type != FieldType::kText && type != FieldType::kCategory &&
        type != FieldType::kInteger) {
      throw ArtifactError({.where = "schema, id",
                           .expected = "a text, category or integer field",
                           .got = std::string(ToText(type))});
    }
  }
  if (event_time_field_ &&
      fields_[*event_time_field_].type != FieldType::kTimestamp) {
    throw ArtifactError(
        {.where = "schema, event time",
         .expected = "a timestamp field",
         .got = std::string(ToText(fields_[*event_time_field_].type))});
  }
}

std::optional<std::size_t> Schema::Find(std::string_view name) const {
  const std::int32_t code = names_.Find(name);
  if (code < 0) return std::nullopt;
  return static_cast<std::size_t>(code);
}

}  // namespace tidemill
