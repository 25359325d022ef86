#include "tidemill/telemetry/registry_metrics.h"

#include <array>

#include "tidemill/telemetry/families.h"

namespace tidemill {
namespace {

using prometheus::Labels;

constexpr std::array<std::string_view, kNumRegistryMessages> kMessageNames = {
    "applied",        "stale",   "too_large", "not_json",
    "unknown_schema", "invalid", "refused"};
constexpr std::array<std::string_view, 4> kRules = {
    "max_error_ratio", "max_p99_ms", "max_score_psi", "max_missing_ratio"};

}  // namespace

std::string_view ToText(RegistryMessage result) {
  return kMessageNames[static_cast<std::size_t>(result)];
}

RegistryMetrics::RegistryMetrics(prometheus::Registry& registry,
                                 const std::string& service)
    : service_(service) {
  const Labels labels = {{"service", service}};
  messages_ =
      AddAll(CounterFamily(registry, "tidemill_registry_messages_total",
                           "Messages to this service in the registry topic, "
                           "by what became of them."),
             labels, "result", kMessageNames);
  unknown_keys_ =
      &CounterFamily(registry, "tidemill_registry_unknown_keys_total",
                     "Keys of registry messages that schema 1 does "
                     "not know.")
           .Add(labels);
  sequence_ = &GaugeFamily(registry, "tidemill_registry_sequence",
                           "Sequence of the registry state that is served.")
                   .Add(labels);
  connected_ = &GaugeFamily(registry, "tidemill_registry_connected",
                            "1 once the registry has been read to its end.")
                    .Add(labels);
  last_good_ = &GaugeFamily(registry, "tidemill_registry_last_good",
                            "1 while serving what was remembered on disk.")
                    .Add(labels);
  breaches_ = &CounterFamily(registry, "tidemill_guardrail_breaches_total",
                             "Guardrails that a version broke, by the limit.");
  AddAll(*breaches_, labels, "rule", kRules);
}

void RegistryMetrics::CountMessage(RegistryMessage result) {
  messages_[static_cast<std::size_t>(result)]->Increment();
}

void RegistryMetrics::CountUnknownKeys(std::size_t keys) {
  unknown_keys_->Increment(static_cast<double>(keys));
}

void RegistryMetrics::SetSequence(std::uint64_t sequence) {
  sequence_->Set(static_cast<double>(sequence));
}

void RegistryMetrics::SetConnected(bool connected) {
  connected_->Set(connected ? 1.0 : 0.0);
}

void RegistryMetrics::SetLastGood(bool serving) {
  last_good_->Set(serving ? 1.0 : 0.0);
}

void RegistryMetrics::CountBreach(std::string_view rule) {
  breaches_->Add({{"service", service_}, {"rule", std::string(rule)}})
      .Increment();
}

}  // namespace tidemill
