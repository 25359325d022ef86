#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/record_sink.h"
#include "tidemill/core/record_source.h"
#include "tidemill/kafka/kafka_settings.h"

struct rd_kafka_message_s;

namespace tidemill {

class GroupConsumer;
class RecordBatch;
enum class RebalanceKind : std::uint8_t;

/// One topic, read as a member of a consumer group.
///
/// A new group starts at the earliest offset. Offsets are committed by
/// Commit() alone. The assignor is librdkafka's default (range, eager) unless
/// `partition.assignment.strategy` says otherwise. With cooperative-sticky a
/// planned rebalance may repeat records at least once: the broker holds a
/// commit sent behind a JoinGroup until it is of an old generation, and 2.0.2
/// then takes the assignment for lost. Transactional commits travel another
/// way.
///
/// Errors:  the constructor throws ConfigError. Later ones go to
///          KafkaEvents::on_error and are retried for ever, but those after
///          which FatalError() is set. What the listener throws comes out of
///          Poll() or Close().
/// Memory:  records are views of librdkafka's fetch buffers; at most 64 MiB
///          of them wait (queued.max.messages.kbytes), beside the last batch.
/// Threads: one at a time; librdkafka adds threads of its own that never call
///          us.
class KafkaSource final : public RecordSource {
 public:
  KafkaSource(const KafkaSettings& settings, std::string topic,
              KafkaEvents events);
  /// Leaves the group without a word to the listener. Prefer Close().
  ~KafkaSource() override;

  void Subscribe(RebalanceListener& listener) override;
  std::span<const Record> Poll(std::chrono::milliseconds timeout,
                               std::size_t max) override;
  /// Throws away what was fetched ahead; Resume() fetches it again, within
  /// milliseconds where records were read before, else within a second.
  void Pause() override;
  void Resume() override;
  void Rewind(std::span<const Position> positions) override;
  /// Asks the broker, for 500 ms at most, once a minute (once a second while
  /// the topic is not known).
  std::int32_t NumPartitions() override;
  std::vector<PartitionLag> Lag() override;
  std::optional<std::string> FatalError() const override;
  /// Takes 6 s at most, or as long as the listener. Does nothing twice.
  void Close() override;

  /// Commits the offsets to the group: the at-least-once way. kWait tries for
  /// 5 s what time can heal, so its kRetry means "not now"; inside OnRevoked
  /// do not loop on it. A background commit that fails is told to on_error
  /// only; the next one covers it. It is kRetry while another is under way.
  /// Never kAbort.
  CommitResult Commit(std::span<const Position> positions, CommitMode mode);

 private:
  struct Partition {
    bool assigned = false;
    bool paused = false;     ///< librdkafka remembers it over reassignments
    std::int64_t next = -1;  ///< where reading goes on, if it is known
    /// Of the record before `next`; none after a rewind.
    std::optional<std::int64_t> last_timestamp_ms = std::nullopt;
    std::optional<std::int64_t> rewind = std::nullopt;  ///< not sought yet
  };

  bool Accept(const rd_kafka_message_s& message);
  void SeekWaiting();
  void WakeFetching(std::span<const std::int32_t> partitions);
  void HandleRebalance(RebalanceKind what,
                       std::span<const std::int32_t> partitions);
  void ApplyPause();
  Partition& At(std::int32_t partition);
  std::vector<TopicPartition> Named(
      std::span<const std::int32_t> partitions) const;
  std::vector<std::int32_t> Assigned() const;

  std::string topic_;
  std::vector<Partition> partitions_;  ///< by number
  RebalanceListener* listener_ = nullptr;
  bool paused_ = false;
  bool seeks_wait_ = false;   ///< some Partition::rewind is set
  bool pauses_wait_ = false;  ///< some Partition::paused is not as paused_
  bool closed_ = false;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<RecordBatch> batch_;  // its messages go before the consumer
};

}  // namespace tidemill
