#include "tidemill/telemetry/shadow_metrics.h"

#include "tidemill/telemetry/buckets.h"
#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

prometheus::Labels WithLabel(const std::string& service,
                             const VersionLabels& labels, const char* name,
                             const char* value) {
  prometheus::Labels all = {{"service", service},
                            {"model", LabelText(labels.model)},
                            {"version", std::to_string(labels.version)}};
  if (name != nullptr) all.emplace(name, value);
  return all;
}

}  // namespace

ShadowMetrics::ShadowMetrics(const Families& families,
                             const std::string& service,
                             const VersionLabels& labels)
    : scored_(families.events, WithLabel(service, labels, "outcome", "scored")),
      failed_(families.events, WithLabel(service, labels, "outcome", "failed")),
      dropped_(families.events,
               WithLabel(service, labels, "outcome", "dropped")),
      same_(families.agreement, WithLabel(service, labels, "result", "same")),
      different_(families.agreement,
                 WithLabel(service, labels, "result", "different")),
      difference_(families.difference,
                  WithLabel(service, labels, nullptr, nullptr),
                  DecadeBoundaries(1e-6, 1e3, {1.0})) {}

void ShadowMetrics::CountScored(std::size_t events) const {
  scored_->Increment(static_cast<double>(events));
}

void ShadowMetrics::CountFailed(std::size_t events) const {
  failed_->Increment(static_cast<double>(events));
}

void ShadowMetrics::CountDropped(std::size_t events) const {
  dropped_->Increment(static_cast<double>(events));
}

void ShadowMetrics::Compare(bool same, double difference) const {
  (same ? same_ : different_)->Increment();
  difference_->Observe(difference);
}

}  // namespace tidemill
