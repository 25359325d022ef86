#include "producers/registry_guardrails.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/core/parameters.h"

namespace tidemill {
namespace {

constexpr std::string_view kNone = "none";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Limit {
  const char* name;
  std::optional<double> Guardrails::*value;
  double maximum;
};
constexpr Limit kLimits[] = {
    {"max_error_ratio", &Guardrails::max_error_ratio, 1.0},
    {"max_p99_ms", &Guardrails::max_p99_ms, kInfinity},
    {"max_score_psi", &Guardrails::max_score_psi, kInfinity},
    {"max_missing_ratio", &Guardrails::max_missing_ratio, 1.0},
};

[[noreturn]] void Refuse(std::string_view name, std::string expected,
                         std::string_view got) {
  throw UsageError({.where = fmt::format("--guardrail {}", name),
                    .expected = std::move(expected),
                    .got = fmt::format("'{}'", got)});
}

template <typename Value>
Value Parse(std::string_view name, std::string_view text, Value minimum,
            Value maximum, const std::string& expected) {
  const auto value = ParseNumber<Value>(text);
  // The comparisons are false for a NaN.
  const bool fits = value && *value >= minimum && *value <= maximum;
  if (!fits) Refuse(name, expected, text);
  return *value;
}

std::optional<double> ParseLimit(const Limit& limit, std::string_view text) {
  if (text == kNone) return std::nullopt;
  const bool bounded = std::isfinite(limit.maximum);
  return Parse(
      limit.name, text, 0.0,
      bounded ? limit.maximum : std::numeric_limits<double>::max(),
      bounded ? fmt::format("a number from 0 to {}, or none", limit.maximum)
              : "a number from 0 on, or none");
}

std::uint64_t ParseCount(std::string_view name, std::string_view text,
                         std::uint64_t minimum, std::uint64_t maximum) {
  return Parse(name, text, minimum, maximum,
               fmt::format("a whole number from {} to {}", minimum, maximum));
}

bool SetLimit(std::string_view name, std::string_view value,
              Guardrails& guardrails) {
  for (const Limit& limit : kLimits) {
    if (name != limit.name) continue;
    guardrails.*limit.value = ParseLimit(limit, value);
    return true;
  }
  return false;
}

std::vector<std::string> KnownNames() {
  std::vector<std::string> names;
  for (const Limit& limit : kLimits) names.emplace_back(limit.name);
  names.insert(names.end(),
               {"min_events", "probation_events", "probation_seconds", "auto"});
  return names;
}

[[noreturn]] void RefuseUnknown(std::string_view change) {
  const std::vector<std::string> known = KnownNames();
  const std::string name(change.substr(0, change.find('=')));
  const std::string nearest = NearestName(name, known);
  throw UsageError(
      {.where = "--guardrail",
       .expected =
           nearest.empty() || nearest == name
               ? fmt::format("none, or NAME=VALUE with a name of {}",
                             fmt::join(known, ", "))
               : fmt::format("a known name (did you mean '{}'?)", nearest),
       .got = fmt::format("'{}'", change)});
}

void Set(std::string_view change, Guardrails& guardrails) {
  constexpr std::uint64_t kMaxEvents = 1'000'000'000;  // as the message's
  const std::size_t equals = change.find('=');
  if (equals == std::string_view::npos) RefuseUnknown(change);
  const std::string_view name = change.substr(0, equals);
  const std::string_view value = change.substr(equals + 1);
  if (SetLimit(name, value, guardrails)) return;
  if (name == "min_events") {
    guardrails.min_events = ParseCount(name, value, 1, kMaxEvents);
  } else if (name == "probation_events") {
    guardrails.probation_events = ParseCount(name, value, 0, 1ULL << 53U);
  } else if (name == "probation_seconds") {
    guardrails.probation =
        std::chrono::seconds(ParseCount(name, value, 0, kMaxEvents));
  } else if (name == "auto") {
    if (value != "rollback" && value != kNone) {
      Refuse(name, "rollback or none", value);
    }
    guardrails.rolls_back = value != kNone;
  } else {
    RefuseUnknown(change);
  }
}

}  // namespace

void ApplyGuardrails(const std::vector<std::string>& changes,
                     std::optional<Guardrails>& guardrails) {
  for (const std::string& change : changes) {
    if (change == kNone) {
      guardrails.reset();
      continue;
    }
    if (!guardrails) guardrails.emplace();
    Set(change, *guardrails);
  }
}

std::vector<std::string> GuardrailTexts(const Guardrails& guardrails) {
  std::vector<std::string> texts;
  for (const Limit& limit : kLimits) {
    const auto& value = guardrails.*limit.value;
    if (value) texts.push_back(fmt::format("{}={}", limit.name, *value));
  }
  texts.push_back(fmt::format("min_events={}", guardrails.min_events));
  texts.push_back(
      fmt::format("probation_events={}", guardrails.probation_events));
  texts.push_back(
      fmt::format("probation_seconds={}", guardrails.probation.count()));
  texts.push_back(
      fmt::format("auto={}", guardrails.rolls_back ? "rollback" : "none"));
  return texts;
}

}  // namespace tidemill
