#include "tidemill/telemetry/partition_metrics.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "tidemill/telemetry/label_text.h"

namespace tidemill {

PartitionMetrics::~PartitionMetrics() {
  service_.assigned_partitions_->Decrement(
      static_cast<double>(partitions_.size()));
}

void PartitionMetrics::Assigned(std::span<const TopicPartition> partitions) {
  service_.rebalances_->Increment();
  for (const TopicPartition& partition : partitions) {
    if (partitions_.try_emplace(partition).second) {
      service_.assigned_partitions_->Increment();
    }
  }
}

void PartitionMetrics::Revoked(std::span<const TopicPartition> partitions) {
  for (const TopicPartition& partition : partitions) {
    if (partitions_.erase(partition) > 0) {
      service_.assigned_partitions_->Decrement();
    }
  }
}

void PartitionMetrics::Update(const TopicPartition& partition,
                              const PartitionProgress& progress, WallTime now) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  const auto set =
      [&](std::optional<HeldSeries<prometheus::Gauge>>& gauge,
          const std::shared_ptr<SharedSeries<prometheus::Gauge>>& series,
          double value) {
        if (!gauge) {
          gauge.emplace(series,
                        prometheus::Labels{
                            {"service", service_.service()},
                            {"topic", LabelText(partition.topic)},
                            {"partition", std::to_string(partition.partition)},
                        });
        }
        (*gauge)->Set(value);
      };

  Gauges& gauges = found->second;
  const auto& last = progress.last_record_ms;
  if (last) {
    set(gauges.last_record, service_.last_record_,
        static_cast<double>(*last) / 1e3);
  }
  if (!progress.lag_records || *progress.lag_records < 0) return;
  set(gauges.lag_records, service_.lag_records_,
      static_cast<double>(*progress.lag_records));
  if (*progress.lag_records == 0) {
    set(gauges.time_lag, service_.time_lag_, 0.0);
  } else if (last) {
    // In floating point: a timestamp may be anything, and now - INT64_MIN
    // overflows.
    const double now_s =
        std::chrono::duration<double>(now.time_since_epoch()).count();
    set(gauges.time_lag, service_.time_lag_,
        std::max(0.0, now_s - static_cast<double>(*last) / 1e3));
  }
}

}  // namespace tidemill
