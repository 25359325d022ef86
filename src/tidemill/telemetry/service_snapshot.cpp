#include "tidemill/telemetry/service_snapshot.h"

#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include <prometheus/metric_family.h>

namespace tidemill {
namespace {

bool IsOf(const prometheus::ClientMetric& metric, std::string_view label,
          std::string_view value) {
  for (const auto& pair : metric.label) {
    if (pair.name == label) return pair.value == value;
  }
  return false;
}

/// Cumulative counts by upper bound, added up over series.
using Buckets = std::map<double, double>;

double Quantile(const Buckets& buckets, double quantile) {
  if (buckets.empty() || buckets.rbegin()->second <= 0.0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double rank = quantile * buckets.rbegin()->second;
  double lower = 0.0;
  double below = 0.0;
  for (const auto& [upper, count] : buckets) {
    if (count >= rank) {
      if (std::isinf(upper)) return lower;
      if (count <= below) return upper;
      return lower + (upper - lower) * (rank - below) / (count - below);
    }
    lower = upper;
    below = count;
  }
  return lower;
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
  Buckets latency;
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
  snapshot.latency_p50 = Quantile(latency, 0.5);
  snapshot.latency_p99 = Quantile(latency, 0.99);
  return snapshot;
}

}  // namespace tidemill
