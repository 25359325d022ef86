#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/record.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/kafka/client_callbacks.h"
#include "tidemill/kafka/partition_count.h"

namespace tidemill {

enum class RebalanceKind : std::uint8_t { kAssigned, kRevoked, kLost };

struct PartitionOffset {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// A member of a consumer group that reads one topic: librdkafka's consumer
/// with its answers to rebalances. What is done with records is KafkaSource's.
/// Errors:  the constructor throws ConfigError.
/// Threads: one at a time.
class GroupConsumer : private ClientCallbacks {
 public:
  /// Partitions have just been assigned, or are about to go.
  using OnRebalance = std::function<void(
      RebalanceKind, std::span<const std::int32_t> partitions)>;

  GroupConsumer(const KafkaSettings& settings, std::string topic,
                KafkaEvents events, OnRebalance on_rebalance);
  ~GroupConsumer();

  void Subscribe();

  /// One message or none; runs every callback that is due. Errors go to
  /// KafkaEvents, so a message is always a record. Throws what OnRebalance
  /// threw.
  MessagePtr Poll(std::chrono::milliseconds timeout);

  /// Returns those that could not be paused, e.g. because librdkafka has not
  /// heard of them yet.
  std::vector<std::int32_t> Pause(std::span<const std::int32_t> partitions);
  void Resume(std::span<const std::int32_t> partitions);

  /// Reads on from there; fetched messages of the old position are discarded.
  /// Returns those that could not be sought, e.g. because their partition has
  /// not started yet.
  std::vector<PartitionOffset> Seek(std::span<const PartitionOffset> targets);

  CommitResult Commit(std::span<const Position> positions, CommitMode mode);

  std::optional<std::int64_t> HighWatermark(std::int32_t partition) const;
  std::int32_t NumPartitions();
  std::optional<std::string> FatalError() const;

  /// Revokes what is assigned and leaves the group; gives up after a while.
  void Close();

 private:
  static void RebalanceCallback(rd_kafka_t* client, rd_kafka_resp_err_t code,
                                rd_kafka_topic_partition_list_t* partitions,
                                void* opaque);
  static void CommitCallback(rd_kafka_t* client, rd_kafka_resp_err_t code,
                             rd_kafka_topic_partition_list_t* offsets,
                             void* opaque);

  void HandleRebalance(rd_kafka_resp_err_t code,
                       const rd_kafka_topic_partition_list_t* partitions);
  void Assign(const rd_kafka_topic_partition_list_t* partitions);
  void Unassign(const rd_kafka_topic_partition_list_t* partitions);
  void Tell(RebalanceKind what,
            const rd_kafka_topic_partition_list_t* partitions);
  bool LeaveGroup();
  void HandleCloseEvent(rd_kafka_event_t* event);
  void RethrowPending();

  CommitResult CommitAndWait(const rd_kafka_topic_partition_list_t* offsets);
  PartitionListPtr ListOf(std::span<const std::int32_t> partitions) const;

  std::string topic_;
  OnRebalance on_rebalance_;
  bool cooperative_ = false;
  bool ever_assigned_ = false;
  bool closing_ = false;
  bool committing_ = false;                 ///< in the background
  std::optional<std::string> fatal_error_;  ///< kept over Close()
  std::exception_ptr pending_;
  PartitionCount partition_count_;
  ClientPtr client_;
  TopicPtr topic_handle_;  // goes before the client
};

}  // namespace tidemill
