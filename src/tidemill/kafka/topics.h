#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

struct TopicDescription {
  std::string name;
  bool exists = false;
  std::int32_t partitions = 0;
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  KafkaProperties config;  ///< e.g. {"cleanup.policy", "compact"}
};

/// In the order of `names`. Creates nothing, even where brokers create topics
/// by themselves.
///
/// Errors:  throws UnavailableError naming the bootstrap when no broker
///          answers in time, or a topic when it may not be looked at.
/// Threads: any; makes a client of its own, for the length of the call.
std::vector<TopicDescription> DescribeTopics(const KafkaSettings& settings,
                                             std::span<const std::string> names,
                                             std::chrono::milliseconds timeout);

/// A property of a topic as the broker has it, e.g. "cleanup.policy"; empty
/// when it has none of that name, nullopt when we are not allowed to look.
/// Errors and threads: as above.
std::optional<std::string> TopicProperty(const KafkaSettings& settings,
                                         const std::string& topic,
                                         const std::string& name,
                                         std::chrono::milliseconds timeout);

/// Creates the topics that do not exist, with the broker's default number of
/// replicas; one that exists stays as it is.
///
/// Errors:  throws UnavailableError as above and for whatever may pass, or
///          ConfigError naming the topic when the broker will refuse it again.
/// Threads: as above.
void CreateTopics(const KafkaSettings& settings,
                  std::span<const TopicSpec> specs,
                  std::chrono::milliseconds timeout);

}  // namespace tidemill
