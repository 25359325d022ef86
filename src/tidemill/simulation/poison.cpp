#include "tidemill/simulation/poison.h"

#include <array>
#include <cassert>
#include <cstddef>

#include <fmt/format.h>

namespace tidemill {
namespace {

/// Adds a member at the end.
void AddMember(std::string_view member, std::string& event) {
  event.pop_back();
  event += ',';
  event += member;
  event += '}';
}

/// Gives a member another value; adds it when it was left out. The old value
/// must not hold a comma.
void SetMember(std::string_view name, std::string_view value,
               std::string& event) {
  const std::string key = fmt::format("\"{}\":", name);
  const std::size_t start = event.find(key);
  if (start == std::string::npos) {
    AddMember(key + std::string(value), event);
    return;
  }
  const std::size_t from = start + key.size();
  event.replace(from, event.find_first_of(",}", from) - from, value);
}

/// The first member, `"name":"value"`.
std::string_view IdMember(std::string_view event) {
  return event.substr(1, event.find(',') - 1);
}

std::string IdName(std::string_view event) {
  return std::string(event.substr(2, event.find('"', 2) - 2));
}

}  // namespace

std::string_view ToText(PoisonKind kind) {
  static constexpr std::array<std::string_view, kNumPoisonKinds> kNames = {
      "not_json",   "truncated",  "wrong_type", "duplicate_key", "invalid_utf8",
      "non_finite", "missing_id", "null_id",    "empty",         "array",
      "too_deep",   "bad_value",  "no_value"};
  return kNames[static_cast<std::size_t>(kind)];
}

Reason ExpectedReason(PoisonKind kind, const PoisonTargets& targets) {
  switch (kind) {
    case PoisonKind::kNotJson:
    case PoisonKind::kTruncated:
      return Reason::kInvalidJson;
    case PoisonKind::kWrongType:
      return Reason::kWrongType;
    case PoisonKind::kDuplicateKey:
      return Reason::kDuplicateKey;
    case PoisonKind::kInvalidUtf8:
      return Reason::kInvalidUtf8;
    case PoisonKind::kNonFinite:
      return Reason::kNonFiniteNumber;
    case PoisonKind::kMissingId:
    case PoisonKind::kNullId:
      return Reason::kMissingField;
    case PoisonKind::kEmpty:
    case PoisonKind::kNoValue:
      return Reason::kEmpty;
    case PoisonKind::kArray:
      return Reason::kNotAnObject;
    case PoisonKind::kTooDeep:
      return Reason::kTooDeep;
    case PoisonKind::kBadValue:
      return targets.bad_value_reason;
  }
  return Reason::kInvalidJson;
}

void Poison(PoisonKind kind, const PoisonTargets& targets, std::string& event) {
  assert(event.starts_with("{\"") && event.ends_with('}'));
  switch (kind) {
    case PoisonKind::kNotJson:
      event = fmt::format("<event>{}</event>", IdMember(event));
      break;
    case PoisonKind::kTruncated:
      event.resize(event.size() / 2);
      break;
    case PoisonKind::kWrongType:
      SetMember(targets.number_field, "\"many\"", event);
      break;
    case PoisonKind::kDuplicateKey:
      AddMember(std::string(IdMember(event)), event);
      break;
    case PoisonKind::kInvalidUtf8:
      SetMember(IdName(event), "\"\xC3\x28\xFF\"", event);
      break;
    case PoisonKind::kNonFinite:
      SetMember(targets.number_field, "1e999", event);
      break;
    case PoisonKind::kMissingId:
      event.erase(1, IdMember(event).size() + 1);
      break;
    case PoisonKind::kNullId:
      SetMember(IdName(event), "null", event);
      break;
    case PoisonKind::kEmpty:
    case PoisonKind::kNoValue:
      event.clear();
      break;
    case PoisonKind::kArray:
      event = fmt::format("[{}]", event);
      break;
    case PoisonKind::kTooDeep:
      AddMember(fmt::format("\"extra\":{}{}", std::string(kPoisonDepth, '['),
                            std::string(kPoisonDepth, ']')),
                event);
      break;
    case PoisonKind::kBadValue:
      SetMember(targets.strict_field, targets.bad_value, event);
      break;
  }
}

}  // namespace tidemill
