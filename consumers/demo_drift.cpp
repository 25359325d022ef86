#include "consumers/demo_drift.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "tidemill/core/registry_state.h"

namespace tidemill {
namespace {

constexpr double kBeginsAt = 0.8;  ///< share of the whole time

struct Cause {
  const char* field;
  const char* change;
  const char* story;
};
Cause CauseOf(const std::string& service) {
  if (service == "churn") {
    return {"MonthlyCharges", "*1.6", "a new price list: 60 % more"};
  }
  return {"distance", "*2", "a sensor that counts every mile twice"};
}

bool Knows(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

DemoDrift::DemoDrift(const std::string& service, double seconds, double rate)
    : begins_(kBeginsAt * seconds) {
  const Cause cause = CauseOf(service);
  field_ = cause.field;
  spec_ = fmt::format("{}={}@{}", field_, cause.change,
                      static_cast<std::uint64_t>(begins_ * rate));
  story_ = fmt::format("{} {}, {}", field_, cause.change, cause.story);
}

std::vector<std::string> DemoDrift::Settings() {
  return {"drift.window=3s", "drift.window_events=2500",
          "drift.min_events=2000"};
}

std::vector<std::string> DemoDrift::Play(
    double seconds, const std::vector<DriftReport>& reports,
    const std::string& champion) {
  std::vector<std::string> lines;
  if (!announced_ && seconds >= begins_) {
    announced_ = true;
    lines.push_back(fmt::format("the stream drifts from here on: {}", story_));
  }
  for (const DriftReport& report : reports) {
    const ModelReference version{.model = report.model,
                                 .version = report.version};
    if (ToText(version) != champion) continue;
    for (const DriftColumnReport& column : report.features) {
      if (column.over.empty()) continue;
      std::string line = Notice(seconds, column, report);
      if (!line.empty()) lines.push_back(std::move(line));
    }
  }
  return lines;
}

/// Each feature once.
std::string DemoDrift::Notice(double seconds, const DriftColumnReport& column,
                              const DriftReport& report) {
  const bool meant = announced_ && column.feature == field_;
  if (meant ? noticed_.has_value() : Knows(false_alarms_, column.feature)) {
    return "";
  }
  if (meant) {
    noticed_ = seconds;
  } else {
    false_alarms_.push_back(column.feature);
  }
  return fmt::format("drift of {}: psi {:.2f} over the last {} events ({})",
                     column.feature, column.figures.psi.value_or(0.0),
                     report.window_events, fmt::join(column.over, ", "));
}

std::string DemoDrift::Summary() const {
  std::string text =
      noticed_ ? fmt::format("drift of {} noticed {:.1f} s after it began",
                             field_, *noticed_ - begins_)
               : fmt::format("drift of {} NOT NOTICED", field_);
  if (!false_alarms_.empty()) {
    text += fmt::format("; FALSE ALARMS: {}", fmt::join(false_alarms_, ", "));
  }
  return text;
}

}  // namespace tidemill
