#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/record_sink.h"
#include "tidemill/kafka/client_callbacks.h"
#include "tidemill/kafka/partition_count.h"

namespace tidemill {

/// librdkafka's idempotent producer with its topics and delivery reports: what
/// every kind of sink is made from.
/// Errors:  the constructor throws ConfigError.
/// Threads: one at a time.
class KafkaProducer : private ClientCallbacks {
 public:
  /// Transactional when the settings name a transactional id.
  KafkaProducer(const KafkaSettings& settings, KafkaEvents events);

  int OpenTopic(const std::string& name);
  std::int32_t NumPartitions(int topic);

  ProduceResult Produce(const OutRecord& record);
  std::span<const Delivery> Poll(std::chrono::milliseconds timeout);

  /// Drops all that is queued or in flight, and every report not yet polled.
  void Purge();

  /// Sends what is queued without waiting for linger.ms. Takes 1 ms at most.
  void Hurry();

  std::optional<std::string> FatalError() const;

  rd_kafka_t* client() const { return client_.get(); }

 private:
  struct Topic {
    TopicPtr handle;
    PartitionCount partitions;
  };

  static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message,
                         void* opaque);
  rd_kafka_resp_err_t Send(const OutRecord& record, std::int32_t partition,
                           rd_kafka_headers_t* headers);

  bool dropping_ = false;
  rd_kafka_resp_err_t reported_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::vector<Delivery> arrived_;
  std::vector<Delivery> polled_;
  ClientPtr client_;
  std::vector<Topic> topics_;  // their handles go before the client
};

}  // namespace tidemill
