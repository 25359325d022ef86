#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/record_source.h"
#include "tidemill/kafka/kafka_source.h"

namespace tidemill {

/// Reads a topic as any consumer would, counts its records and keeps the last
/// ones: what came out, seen from outside the scorer.
/// Threads: its own; the questions may come from any.
class TopicWatcher final : private RebalanceListener {
 public:
  TopicWatcher(const std::string& bootstrap, const std::string& topic,
               std::size_t keep);
  ~TopicWatcher() override;
  TopicWatcher(const TopicWatcher&) = delete;
  TopicWatcher& operator=(const TopicWatcher&) = delete;

  std::uint64_t count() const { return count_.load(); }
  std::vector<std::string> last() const;
  /// Records by their header tidemill.model.
  std::map<std::string, std::uint64_t> by_model() const;
  /// When the first record was read.
  std::optional<SteadyTime> first_time() const;
  /// Has its partitions: nothing that comes now is missed or late.
  bool joined() const { return joined_.load(); }

 private:
  void OnAssigned(std::span<const TopicPartition>) override { joined_ = true; }
  void OnRevoked(std::span<const TopicPartition>) override {}
  void OnLost(std::span<const TopicPartition>) override {}
  void Run();

  KafkaSource source_;
  std::size_t keep_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> joined_{false};
  std::atomic<std::uint64_t> count_{0};
  mutable std::mutex mutex_;
  std::deque<std::string> last_;                   ///< guarded by mutex_
  std::map<std::string, std::uint64_t> by_model_;  ///< guarded by mutex_
  std::optional<SteadyTime> first_time_;           ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace tidemill
