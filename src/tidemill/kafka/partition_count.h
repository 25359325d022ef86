#pragma once

#include <chrono>
#include <cstdint>

#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

/// How many partitions a topic has, remembered for a minute.
class PartitionCount {
 public:
  /// 0 when not known. Asks the broker, for a moment at most, when nothing is
  /// known or what is known is old.
  std::int32_t Get(rd_kafka_t* client, rd_kafka_topic_t* topic);

  /// Asks now. The client itself learns the topic's leaders with it: without,
  /// its first record waits up to a second.
  void Ask(rd_kafka_t* client, rd_kafka_topic_t* topic,
           std::chrono::milliseconds timeout);

 private:
  std::int32_t count_ = 0;
  std::chrono::steady_clock::time_point ask_again_{};
};

}  // namespace tidemill
