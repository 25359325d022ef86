#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/record.h"

namespace tidemill {

/// Told of partitions that come and go; called inside RecordSource::Poll and
/// Close, on the thread that called them.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  virtual void OnAssigned(std::span<const TopicPartition> partitions) = 0;
  /// Before they go: what was processed must be flushed and committed now.
  virtual void OnRevoked(std::span<const TopicPartition> partitions) = 0;
  /// They are gone already and another may own them: commit nothing.
  virtual void OnLost(std::span<const TopicPartition> partitions) = 0;
};

/// How far behind a partition is.
struct PartitionLag {
  TopicPartition where;
  std::int64_t high_watermark = 0;  ///< offset the next record will get
};

/// Where events come from. A fake serves the tests; kafka/ the real thing.
/// Threads: one at a time.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Joins the group. The listener must outlive the source's Close().
  virtual void Subscribe(RebalanceListener& listener) = 0;

  /// Waits up to `timeout` for one record, then takes those that are there
  /// already, `max` at most. The records are valid until the next Poll() or
  /// Close(). A record of a partition revoked during the call is not returned.
  /// Must be called regularly: the group's membership hangs on it.
  virtual std::span<const Record> Poll(std::chrono::milliseconds timeout,
                                       std::size_t max) = 0;

  /// Stops and restarts the flow; Poll() keeps the membership alive meanwhile.
  virtual void Pause() = 0;
  virtual void Resume() = 0;

  /// Reads on from these positions; partitions no longer assigned are left out.
  virtual void Rewind(std::span<const Position> positions) = 0;

  virtual std::int32_t NumPartitions() = 0;  ///< of the topic; 0 = not known

  /// Of the assigned partitions whose end is known.
  virtual std::vector<PartitionLag> Lag() = 0;

  /// Set once the source can never again deliver (e.g. fenced).
  virtual std::optional<std::string> FatalError() const = 0;

  /// Leaves the group; the listener's OnRevoked runs inside.
  virtual void Close() = 0;
};

}  // namespace tidemill
