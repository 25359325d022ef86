#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/record_source.h"
#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/mock_broker.h"

namespace tidemill {

/// Long enough for a busy machine; a test waits for it only when it fails.
inline constexpr std::chrono::seconds kPatience{20};

inline KafkaSettings SettingsFor(const std::string& bootstrap,
                                 const std::string& group) {
  return {.bootstrap = bootstrap,
          .group = group,
          .client_id = "test",
          .group_instance_id = std::nullopt,
          .transactional_id = std::nullopt,
          .common = {},
          .consumer = {},
          .producer = {}};
}

/// Where nothing listens.
inline constexpr const char* kNoBroker = "127.0.0.1:1";

class CountingListener : public RebalanceListener {
 public:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    assigned += partitions.size();
  }
  void OnRevoked(std::span<const TopicPartition> partitions) override {
    revoked += partitions.size();
  }
  void OnLost(std::span<const TopicPartition> partitions) override {
    lost += partitions.size();
  }

  std::size_t assigned = 0;
  std::size_t revoked = 0;
  std::size_t lost = 0;
};

/// Calls `step` until it answers true; false when patience ends.
template <typename Step>
bool Eventually(Step step) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!step()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
  }
  return true;
}

/// How long a call takes.
template <typename Call>
std::chrono::steady_clock::duration TimeOf(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::steady_clock::now() - start;
}

}  // namespace tidemill
