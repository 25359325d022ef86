#include "tidemill/core/parameters.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using Asked = AskedParameter::Type;

ParameterValue DefaultOf(decltype(ParameterValue::value) content) {
  ParameterValue value;
  value.value = std::move(content);
  return value;
}

[[noreturn]] void Refuse(const ParameterValue& value, std::string expected) {
  throw ConfigError({.where = value.where,
                     .expected = std::move(expected),
                     .got = Describe(value)});
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

std::string Join(std::initializer_list<std::string_view> texts) {
  std::string joined;
  for (std::string_view text : texts) {
    if (!joined.empty()) joined += ", ";
    joined += text;
  }
  return joined;
}

const ParameterValue::Map& EmptyMap() {
  static const ParameterValue::Map kEmpty;
  return kEmpty;
}

const ParameterValue::Map& MapOf(const ParameterValue& value) {
  if (value.is_null()) return EmptyMap();
  if (value.map() == nullptr) Refuse(value, "a map of keys");
  return *value.map();
}

}  // namespace

ParameterValue::ParameterValue() = default;
ParameterValue::~ParameterValue() = default;
ParameterValue::ParameterValue(const ParameterValue&) = default;
ParameterValue::ParameterValue(ParameterValue&&) noexcept = default;
ParameterValue& ParameterValue::operator=(const ParameterValue&) = default;
ParameterValue& ParameterValue::operator=(ParameterValue&&) noexcept = default;

const ParameterValue* ParameterValue::Find(std::string_view name) const {
  if (const Map* entries = map()) {
    for (const auto& [key, child] : *entries) {
      if (key == name) return &child;
    }
  }
  return nullptr;
}

std::string Describe(const ParameterValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(const ParameterValue::Number& n) const {
      return "the number " + n.text;
    }
    std::string operator()(const std::string& s) const {
      return "text '" + s.substr(0, 80) + "'";
    }
    std::string operator()(const ParameterValue::List&) const {
      return "a list";
    }
    std::string operator()(const ParameterValue::Map&) const { return "a map"; }
  };
  return std::visit(Visitor{}, value.value);
}

std::string NearestName(std::string_view name,
                        const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

double AsDouble(const ParameterValue& value) {
  const auto* number = std::get_if<ParameterValue::Number>(&value.value);
  if (number == nullptr || !std::isfinite(number->value)) {
    Refuse(value, "a number");
  }
  return number->value;
}

std::int64_t AsInteger(const ParameterValue& value) {
  constexpr double kLimit = 9007199254740992.0;  // 2^53, exact in float64
  const auto* number = std::get_if<ParameterValue::Number>(&value.value);
  if (number == nullptr || number->value != std::floor(number->value) ||
      std::abs(number->value) > kLimit) {
    Refuse(value, "a whole number");
  }
  return static_cast<std::int64_t>(number->value);
}

bool AsBool(const ParameterValue& value) {
  const bool* b = std::get_if<bool>(&value.value);
  if (b == nullptr) Refuse(value, "true or false");
  return *b;
}

std::string AsText(const ParameterValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
  if (const auto* number = std::get_if<ParameterValue::Number>(&value.value)) {
    return number->text;
  }
  Refuse(value, "text");
}

std::vector<std::string> AsTexts(const ParameterValue& value) {
  const ParameterValue::List* list = value.list();
  if (list == nullptr) return {AsText(value)};
  std::vector<std::string> texts;
  texts.reserve(list->size());
  for (const ParameterValue& item : *list) texts.push_back(AsText(item));
  return texts;
}

ParameterReader::ParameterReader(const ParameterValue& map) : map_(&map) {
  MapOf(map);
}

const ParameterValue* ParameterReader::FindNonNull(std::string_view name) {
  known_.emplace_back(name);
  const ParameterValue* found = map_->Find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

/// Of several questions for one key the typed one says most.
void ParameterReader::Note(AskedParameter asked) const {
  if (map_->asked == nullptr) return;
  std::vector<AskedParameter>& all = map_->asked->all;
  const auto before = std::find_if(
      all.begin(), all.end(),
      [&](const AskedParameter& one) { return one.name == asked.name; });
  if (before == all.end()) {
    all.push_back(std::move(asked));
  } else if (asked.type != Asked::kAny) {
    asked.required = before->required;
    *before = std::move(asked);
  }
}

const ParameterValue* ParameterReader::Optional(std::string_view name) {
  Note({.name = std::string(name)});
  return FindNonNull(name);
}

const ParameterValue& ParameterReader::Required(std::string_view name) {
  Note({.name = std::string(name), .required = true});
  const ParameterValue* found = FindNonNull(name);
  if (found == nullptr) {
    throw ConfigError({.where = map_->where,
                       .expected = "the key '" + std::string(name) + "'",
                       .got = "none"});
  }
  return *found;
}

double ParameterReader::Double(std::string_view name, double otherwise) {
  Note({.name = std::string(name),
        .type = Asked::kNumber,
        .otherwise = DefaultOf(ParameterValue::Number{otherwise, ""})});
  const ParameterValue* found = FindNonNull(name);
  return found == nullptr ? otherwise : AsDouble(*found);
}

std::int64_t ParameterReader::Integer(std::string_view name,
                                      std::int64_t otherwise) {
  Note({.name = std::string(name),
        .type = Asked::kInteger,
        .otherwise = DefaultOf(
            ParameterValue::Number{static_cast<double>(otherwise), ""})});
  const ParameterValue* found = FindNonNull(name);
  return found == nullptr ? otherwise : AsInteger(*found);
}

bool ParameterReader::Bool(std::string_view name, bool otherwise) {
  Note({.name = std::string(name),
        .type = Asked::kBoolean,
        .otherwise = DefaultOf(otherwise)});
  const ParameterValue* found = FindNonNull(name);
  return found == nullptr ? otherwise : AsBool(*found);
}

std::string ParameterReader::Text(std::string_view name,
                                  std::string_view otherwise) {
  Note({.name = std::string(name),
        .type = Asked::kText,
        .otherwise = DefaultOf(std::string(otherwise))});
  const ParameterValue* found = FindNonNull(name);
  return found == nullptr ? std::string(otherwise) : AsText(*found);
}

std::vector<std::string> ParameterReader::Texts(std::string_view name) {
  Note({.name = std::string(name), .type = Asked::kTexts});
  const ParameterValue* found = FindNonNull(name);
  return found == nullptr ? std::vector<std::string>{} : AsTexts(*found);
}

std::string ParameterReader::Choice(
    std::string_view name, std::string_view otherwise,
    std::initializer_list<std::string_view> allowed) {
  Note({.name = std::string(name),
        .type = Asked::kChoice,
        .otherwise = DefaultOf(std::string(otherwise)),
        .choices = {allowed.begin(), allowed.end()}});
  const ParameterValue* found = FindNonNull(name);
  if (found == nullptr) return std::string(otherwise);
  const auto* text = std::get_if<std::string>(&found->value);
  if (text == nullptr ||
      std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    Refuse(*found, "one of " + Join(allowed));
  }
  return *text;
}

std::string ParameterReader::PlaceOf(std::string_view name) const {
  const ParameterValue* found = map_->Find(name);
  // Of a map that came as one value of an overlay, all is in one place.
  const bool placed =
      found != nullptr && !found->where.empty() && found->where != map_->where;
  if (placed) return found->where;
  return map_->where + ", " + std::string(name);
}

void ParameterReader::Finish() const {
  if (map_->asked != nullptr) map_->asked->complete = true;
  for (const auto& [key, value] : MapOf(*map_)) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string nearest = NearestName(key, known_);
    throw ConfigError(
        {.where = value.where.empty() ? map_->where : value.where,
         .expected = nearest.empty()
                         ? "a known key"
                         : "a known key (did you mean '" + nearest + "'?)",
         .got = "'" + key + "'"});
  }
}

}  // namespace tidemill
