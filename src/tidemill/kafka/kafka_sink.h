#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "tidemill/core/record_sink.h"
#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

class KafkaProducer;
class KafkaSource;

/// Records to Kafka, at least once: an idempotent producer that retries for
/// ever, with offsets committed through the source once the caller has seen
/// the reports.
///
/// A broker refuses batches, not records: kRejected, and kTooLarge where the
/// topic's max.message.bytes is below batch.size, name a record's neighbours
/// as well. Offered alone, each gets its own answer.
///
/// Errors:  the constructor throws ConfigError; settings.transactional_id must
///          be empty. A topic that does not exist shows as kQueueFull from
///          Produce(), or as kFailed reports, and on_error names it.
/// Memory:  at most 100,000 records or 128 MiB wait to be delivered
///          (queue.buffering.max.messages and .kbytes), each copied once.
/// Threads: one at a time.
class KafkaSink final : public RecordSink {
 public:
  /// `source` takes the commits and must outlive the last of them. nullptr for
  /// a producer without a consumer, which must not call Commit().
  KafkaSink(const KafkaSettings& settings, KafkaSource* source,
            KafkaEvents events);
  /// Drops what is not delivered yet. Takes 5 s at most.
  ~KafkaSink() override;

  /// Asks the broker for the topic's partitions, for 500 ms at most.
  int OpenTopic(const std::string& name) override;
  /// Asks the broker, for 500 ms at most, once a minute (once a second while
  /// the topic is not known).
  std::int32_t NumPartitions(int topic) override;

  /// A partition that the topic has not got is chosen by key instead. While
  /// the answer is kQueueFull, look at FatalError() as well.
  ProduceResult Produce(const OutRecord& record) override;
  std::span<const Delivery> Poll(std::chrono::milliseconds timeout) override;

  bool transactional() const override { return false; }
  CommitResult Commit(std::span<const Position> positions,
                      CommitMode mode) override;
  void Abort() override;
  /// Takes 1 ms at most.
  void Hurry() override;

  std::optional<std::string> FatalError() const override;

 private:
  KafkaSource* source_;
  std::unique_ptr<KafkaProducer> producer_;
};

}  // namespace tidemill
