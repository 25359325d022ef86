#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// What a version does now, and what it has done.
struct RecentVersion {
  std::string model;
  std::uint32_t version = 0;
  std::string variant;  ///< champion, canary, shadow
  std::string digest;
  std::uint64_t scored = 0;        ///< since it was loaded
  std::uint64_t dead_letters = 0;  ///< the same
  double events_per_second = 0.0;
  std::optional<double> latency_p50;  ///< seconds; none without events
  std::optional<double> latency_p99;
};

/// A service's figures over the last seconds, from its metrics.
struct RecentFigures {
  std::uint64_t scored = 0;  ///< since the start
  std::uint64_t dead_letters = 0;
  std::uint64_t failed = 0;
  double events_per_second = 0.0;  ///< of all outcomes
  double dead_letters_per_second = 0.0;
  /// Seconds, interpolated within buckets; without the shadows'.
  std::optional<double> latency_p50;
  std::optional<double> latency_p99;
  std::optional<double> time_lag;  ///< seconds, the greatest of a partition
  std::optional<std::uint64_t> lag_records;  ///< sum over the partitions
  std::vector<RecentVersion> versions;
  /// Events per second in each of the last seconds, the newest last.
  std::vector<double> history;
};

/// Keeps readings of the metrics, about one a second, to tell rates and
/// quantiles of the last kSpan from.
/// Memory:  kHistory + 1 readings.
/// Threads: any; Take() one at a time.
class RecentReadings {
 public:
  static constexpr std::chrono::seconds kSpan{10};
  static constexpr std::size_t kHistory = 60;

  /// Collects all metrics: on a background thread, every second.
  void Take(const ServiceMetrics& metrics, SteadyTime now);

  /// As of the last Take(); all 0 before the first.
  RecentFigures Read() const;

 private:
  struct Reading;

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Reading>> readings_;  ///< guarded by mutex_
};

}  // namespace tidemill
