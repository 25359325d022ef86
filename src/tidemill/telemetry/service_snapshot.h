#pragma once

#include <cstdint>

#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// A service's main figures, read from its metrics as a scrape would see them.
struct ServiceSnapshot {
  std::uint64_t scored = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t failed = 0;
  /// Quantiles of end_to_end_latency_seconds over all versions, interpolated
  /// within buckets as PromQL's histogram_quantile does; NaN without data.
  double latency_p50 = 0.0;
  double latency_p99 = 0.0;
};

/// Collects all metrics: meant for a display, not for a hot path.
/// Threads: any.
ServiceSnapshot TakeSnapshot(const ServiceMetrics& metrics);

}  // namespace tidemill
