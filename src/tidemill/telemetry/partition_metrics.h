#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "tidemill/core/clock.h"
#include "tidemill/core/record.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// How far a worker is in a partition. What is not known is left out, and its
/// gauge is then not exported (or keeps its last value).
struct PartitionProgress {
  /// High watermark less the next offset to read; one below 0 counts as not
  /// known.
  std::optional<std::int64_t> lag_records;
  /// The last record's timestamp, milliseconds since 1970.
  std::optional<std::int64_t> last_record_ms;
};

/// The Kafka gauges of one worker's partitions. Series are there from the
/// first figure until the partition is revoked or lost.
/// Threads: one at a time; workers of a process have one each.
class PartitionMetrics {
 public:
  /// `service` must outlive this.
  explicit PartitionMetrics(ServiceMetrics& service) : service_(service) {}
  /// Gives all partitions back.
  ~PartitionMetrics();
  PartitionMetrics(const PartitionMetrics&) = delete;
  PartitionMetrics& operator=(const PartitionMetrics&) = delete;

  /// To be called from the RebalanceListener; Revoked also for lost ones.
  void Assigned(std::span<const TopicPartition> partitions);
  void Revoked(std::span<const TopicPartition> partitions);

  /// About once a second; ignored for a partition that is not assigned. The
  /// time lag is 0 when nothing is waiting, else the last record's age.
  void Update(const TopicPartition& partition,
              const PartitionProgress& progress, WallTime now);

 private:
  struct Gauges {
    std::optional<HeldSeries<prometheus::Gauge>> lag_records;
    std::optional<HeldSeries<prometheus::Gauge>> time_lag;
    std::optional<HeldSeries<prometheus::Gauge>> last_record;
  };

  ServiceMetrics& service_;
  std::map<TopicPartition, Gauges> partitions_;
};

}  // namespace tidemill
