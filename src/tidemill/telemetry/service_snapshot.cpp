#include "tidemill/telemetry/service_snapshot.h"

#include <limits>
#include <string_view>

#include <prometheus/metric_family.h>

#include "tidemill/telemetry/histogram_quantile.h"

namespace tidemill {
namespace {

bool IsOf(const prometheus::ClientMetric& metric, std::string_view label,
          std::string_view value) {
  for (const auto& pair : metric.label) {
    if (pair.name == label) return pair.value == value;
  }
  return false;
}

std::uint64_t EventsOf(const prometheus::MetricFamily& family,
                       std::string_view service, Outcome outcome) {
  for (const auto& metric : family.metric) {
    if (IsOf(metric, "service", service) &&
        IsOf(metric, "outcome", ToText(outcome))) {
      return static_cast<std::uint64_t>(metric.counter.value);
    }
  }
  return 0;
}

}  // namespace

ServiceSnapshot TakeSnapshot(const ServiceMetrics& metrics) {
  ServiceSnapshot snapshot;
  CumulatedBuckets latency;  ///< added up over series
  for (const auto& family : metrics.registry()->Collect()) {
    if (family.name == "tidemill_events_total") {
      const std::string& service = metrics.service();
      snapshot.scored = EventsOf(family, service, Outcome::kScored);
      snapshot.dead_letters = EventsOf(family, service, Outcome::kDeadLetter);
      snapshot.failed = EventsOf(family, service, Outcome::kFailed);
    } else if (family.name == "tidemill_end_to_end_latency_seconds") {
      for (const auto& metric : family.metric) {
        if (!IsOf(metric, "service", metrics.service())) continue;
        for (const auto& bucket : metric.histogram.bucket) {
          latency[bucket.upper_bound] +=
              static_cast<double>(bucket.cumulative_count);
        }
      }
    }
  }
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  snapshot.latency_p50 = HistogramQuantile(latency, 0.5).value_or(kNone);
  snapshot.latency_p99 = HistogramQuantile(latency, 0.99).value_or(kNone);
  return snapshot;
}

}  // namespace tidemill
