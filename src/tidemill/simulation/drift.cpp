#include "tidemill/simulation/drift.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/core/parameters.h"

namespace tidemill {
namespace {

/// Keeps repeated drifts of a field finite.
constexpr double kLargestAmount = 1e9;

/// Decimal, without a leading '+'; at most kLargestAmount either way.
std::optional<double> ReadAmount(std::string_view text) {
  const auto value = ParseNumber<double>(text);
  if (!value || !(std::abs(*value) <= kLargestAmount)) return std::nullopt;
  return value;
}

/// `0.3` or `30%`.
std::optional<double> ReadShare(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  auto value = ReadAmount(text);
  if (value && percent) *value /= 100.0;
  if (!value || *value < 0.0 || *value > 1.0) return std::nullopt;
  return value;
}

/// One spec and what its errors are built from.
class DriftParser {
 public:
  DriftParser(std::string_view spec, std::span<const SimulatedField> fields)
      : spec_(spec), fields_(fields) {}

  Drift Parse() {
    const std::size_t equals = spec_.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      Fail("FIELD=CHANGE, e.g. distance=+20%", Quoted(spec_));
    }
    drift_.field = FindField(spec_.substr(0, equals));
    std::string_view change = TakeFrom(spec_.substr(equals + 1));
    if (change.starts_with("missing:")) {
      ParseMissing(change.substr(8));
    } else if (change.starts_with("value:")) {
      ParseReplace(change.substr(6));
    } else {
      ParseNumberChange(change);
    }
    return std::move(drift_);
  }

 private:
  static std::string Quoted(std::string_view text) {
    return fmt::format("'{}'", text);
  }
  [[noreturn]] void Fail(std::string expected, std::string got) const {
    throw UsageError({.where = fmt::format("drift '{}'", spec_),
                      .expected = std::move(expected),
                      .got = std::move(got)});
  }
  const SimulatedField& field() const { return fields_[drift_.field]; }
  std::string FieldKind() const {
    return fmt::format("the {} field {}", ToText(field().type), field().name);
  }

  std::size_t FindField(std::string_view name) const {
    std::vector<std::string> known;
    std::string list;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const FieldRole role = fields_[i].role;
      if (role != FieldRole::kInput && role != FieldRole::kWorld) continue;
      if (fields_[i].name == name) return i;
      known.emplace_back(fields_[i].name);
      list += (list.empty() ? "" : ", ") + known.back();
    }
    const std::string nearest = NearestName(name, known);
    Fail("an input field (" + (nearest.empty() ? list : "nearest: " + nearest) +
             ")",
         Quoted(name));
  }

  /// Cuts `@N` off; an '@' that no number follows belongs to the text.
  std::string_view TakeFrom(std::string_view change) {
    const std::size_t at = change.rfind('@');
    if (at == std::string_view::npos) return change;
    const auto from = ParseNumber<std::uint64_t>(change.substr(at + 1));
    if (!from) {
      if (change.starts_with("value:")) return change;
      Fail("an event number after '@'", Quoted(change.substr(at + 1)));
    }
    drift_.from = *from;
    return change.substr(0, at);
  }

  double Share(std::string_view text) const {
    const auto share = ReadShare(text);
    if (!share) Fail("a share from 0 to 1 or 0% to 100%", Quoted(text));
    return *share;
  }

  void ParseMissing(std::string_view rest) {
    if (field().role == FieldRole::kWorld) {
      Fail("+X, -X, +X%, *X or value:X:SHARE for " + std::string(field().name),
           "missing");
    }
    drift_.kind = DriftKind::kMissing;
    drift_.share = Share(rest);
  }

  void ParseReplace(std::string_view rest) {
    if (field().type == FieldType::kTimestamp) {
      Fail("missing:SHARE for " + FieldKind(), "value");
    }
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) {
      Fail("value:TEXT:SHARE", Quoted(rest));
    }
    drift_.kind = DriftKind::kReplace;
    drift_.text = rest.substr(0, colon);
    drift_.share = Share(rest.substr(colon + 1));
    if (!IsNumeric(field().type)) return;
    const auto amount = ReadAmount(drift_.text);
    if (!amount) Fail("a number for " + FieldKind(), Quoted(drift_.text));
    drift_.amount = *amount;
  }

  void ParseNumberChange(std::string_view change) {
    if (change.empty() || std::string_view("+-*").find(change.front()) ==
                              std::string_view::npos) {
      Fail("+X, -X, +X%, *X, missing:SHARE or value:TEXT:SHARE",
           Quoted(change));
    }
    if (!IsNumeric(field().type)) {
      Fail(field().type == FieldType::kTimestamp
               ? "missing:SHARE for " + FieldKind()
               : "missing:SHARE or value:TEXT:SHARE for " + FieldKind(),
           Quoted(change));
    }
    const bool percent = change.front() != '*' && change.ends_with('%');
    const std::string_view digits =
        change.substr(1, change.size() - (percent ? 2 : 1));
    const auto amount = ReadAmount(digits);
    if (!amount || (change.front() != '*' && *amount < 0.0)) {
      Fail(fmt::format("a number up to {:.0e} after the sign", kLargestAmount),
           Quoted(change));
    }
    const double signed_amount = change.front() == '-' ? -*amount : *amount;
    drift_.kind =
        change.front() == '*' || percent ? DriftKind::kScale : DriftKind::kAdd;
    drift_.amount = percent ? 1.0 + signed_amount / 100.0 : signed_amount;
  }

  std::string_view spec_;
  std::span<const SimulatedField> fields_;
  Drift drift_;
};

}  // namespace

Drift ParseDrift(std::string_view spec,
                 std::span<const SimulatedField> fields) {
  return DriftParser(spec, fields).Parse();
}

void ApplyDrift(const Drift& drift, const SimulatedField& field, Dice dice,
                std::span<SimulatedValue> row) {
  SimulatedValue& value = row[drift.field];
  switch (drift.kind) {
    case DriftKind::kAdd:
      value.number += drift.amount;
      break;
    case DriftKind::kScale:
      value.number *= drift.amount;
      break;
    case DriftKind::kReplace:
      if (!dice.Chance(drift.share)) return;
      value.number = drift.amount;
      value.text = drift.text;
      value.missing = false;
      break;
    case DriftKind::kMissing:
      if (dice.Chance(drift.share)) value.missing = true;
      return;
  }
  if (!IsNumeric(field.type)) return;
  // Repeated drifts may grow without end; the truth needs finite numbers.
  value.number = std::clamp(value.number, -kLargestAmount, kLargestAmount);
  if (field.role == FieldRole::kInput) {
    value.number = RoundTo(value.number, field.decimals);
  }
}

}  // namespace tidemill
