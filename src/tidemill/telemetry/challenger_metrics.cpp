#include "tidemill/telemetry/challenger_metrics.h"

#include <utility>

#include "tidemill/telemetry/label_text.h"

namespace tidemill {

ChallengerMetrics::ChallengerMetrics(Families families,
                                     const std::string& service,
                                     const VersionLabels& labels)
    : families_(std::move(families)),
      labels_({{"service", service},
               {"model", LabelText(labels.model)},
               {"version", std::to_string(labels.version)},
               {"variant", std::string(ToText(labels.variant))}}),
      events_(families_.events, labels_) {}

void ChallengerMetrics::Set(std::optional<double> psi, std::uint64_t events) {
  events_->Set(static_cast<double>(events));
  if (!psi) {
    psi_.reset();
    return;
  }
  if (!psi_) psi_.emplace(families_.psi, labels_);
  (*psi_)->Set(*psi);
}

}  // namespace tidemill
