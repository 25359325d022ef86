#include "tidemill/kafka/kafka_log.h"

#include "tidemill/kafka/deadline.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

/// Only the last record of a key counts. The newest segment is never cleaned,
/// so it must not stay the newest for the week that is the broker's default.
KafkaProperties Compacted() {
  return {{"cleanup.policy", "compact"},
          {"segment.ms", "600000"},
          {"min.cleanable.dirty.ratio", "0.1"}};
}

KafkaProperties KeptForEver() {
  return {{"cleanup.policy", "delete"},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"}};
}

/// The specs of those topics that are absent.
std::vector<TopicSpec> Absent(const KafkaSettings& settings,
                              const std::vector<TopicSpec>& specs,
                              std::chrono::milliseconds timeout) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const TopicSpec& spec : specs) names.push_back(spec.name);
  const auto topics = DescribeTopics(settings, names, timeout);
  std::vector<TopicSpec> absent;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (!topics[i].exists) absent.push_back(specs[i]);
  }
  return absent;
}

}  // namespace

std::string RegistryTransactionalId(const std::string& service) {
  return "tidemill.registry." + service;
}

void EnsureRegistryTopics(const KafkaSettings& settings,
                          const std::string& state, const std::string& status,
                          const std::string& audit,
                          std::chrono::milliseconds timeout) {
  const Deadline deadline = DeadlineAfter(timeout);
  const std::vector<TopicSpec> specs = {
      {.name = state, .partitions = 1, .config = Compacted()},
      {.name = status, .partitions = 1, .config = Compacted()},
      {.name = audit, .partitions = 1, .config = KeptForEver()}};
  // Again until they are seen: brokers hear of a topic some milliseconds after
  // its creation. DescribeTopics() ends it when time is over.
  for (auto absent = Absent(settings, specs, timeout); !absent.empty();
       absent = Absent(settings, absent, TimeUntil(deadline))) {
    CreateTopics(settings, absent, TimeUntil(deadline));
  }
}

}  // namespace tidemill
