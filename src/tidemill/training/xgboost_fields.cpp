#include "tidemill/training/xgboost_fields.h"

#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/wire/message_reader.h"

namespace tidemill {
namespace {

using nlohmann::json;

std::optional<std::int64_t> IntegerOf(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(
              std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

}  // namespace

XgboostFields::XgboostFields(const json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    throw ArtifactError(
        {.where = where_, .expected = "an object", .got = object_.type_name()});
  }
}

void XgboostFields::Refuse(const char* name, const std::string& expected,
                           const std::string& got) const {
  throw ArtifactError(
      {.where = where_ + ", " + name, .expected = expected, .got = got});
}

const json& XgboostFields::Member(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) Refuse(name, "a value", "none");
  return *found;
}

XgboostFields XgboostFields::Object(const char* name) const {
  return {Member(name), where_ + ", " + name};
}

const json& XgboostFields::Array(const char* name) const {
  const json& value = Member(name);
  if (!value.is_array()) Refuse(name, "a list", value.type_name());
  return value;
}

std::string XgboostFields::Text(const char* name) const {
  const json& value = Member(name);
  if (!value.is_string()) Refuse(name, "a text", value.type_name());
  return value.get<std::string>();
}

std::vector<std::string> XgboostFields::Texts(const char* name) const {
  std::vector<std::string> texts;
  for (const json& value : Array(name)) {
    if (!value.is_string()) Refuse(name, "texts", value.type_name());
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

std::size_t XgboostFields::CountText(const char* name, std::size_t least,
                                     std::size_t most) const {
  const std::string text = Text(name);
  const auto count = ParseNumber<std::size_t>(text);
  if (!count || *count < least || *count > most) {
    Refuse(name,
           "a number from " + std::to_string(least) + " to " +
               std::to_string(most),
           QuotedText(text));
  }
  return *count;
}

std::vector<float> XgboostFields::FloatsText(const char* name) const {
  const std::string text = Text(name);
  std::string_view rest = text;
  if (rest.starts_with('[') && rest.ends_with(']')) {
    rest = rest.substr(1, rest.size() - 2);
  }
  std::vector<float> values;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto value = ParseNumber<float>(rest.substr(0, comma));
    if (!value) Refuse(name, "float32 numbers", QuotedText(text));
    values.push_back(*value);
    if (comma == std::string_view::npos) return values;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<float> XgboostFields::Floats(const char* name) const {
  std::vector<float> values;
  for (const json& value : Array(name)) {
    if (value.is_null()) {
      values.push_back(std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    if (!value.is_number()) Refuse(name, "numbers", value.type_name());
    values.push_back(value.get<float>());
  }
  return values;
}

std::vector<std::int64_t> XgboostFields::Int64s(const char* name,
                                                std::int64_t least,
                                                std::int64_t most) const {
  std::vector<std::int64_t> values;
  for (const json& value : Array(name)) {
    const auto integer = IntegerOf(value);
    if (!integer || *integer < least || *integer > most) {
      Refuse(name,
             "whole numbers from " + std::to_string(least) + " to " +
                 std::to_string(most),
             integer ? std::to_string(*integer) : value.type_name());
    }
    values.push_back(*integer);
  }
  return values;
}

std::vector<std::int32_t> XgboostFields::Integers(const char* name,
                                                  std::int64_t least,
                                                  std::int64_t most) const {
  std::vector<std::int32_t> values;
  for (const std::int64_t value : Int64s(name, least, most)) {
    values.push_back(static_cast<std::int32_t>(value));
  }
  return values;
}

}  // namespace tidemill
