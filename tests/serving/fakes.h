#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/core/record_source.h"

namespace tidemill {

/// Moves only when told to, or by what a fake waits.
class FakeClock final : public Clock {
 public:
  WallTime Now() const override { return WallTime(elapsed_); }
  SteadyTime Steady() const override { return SteadyTime(elapsed_); }
  void Advance(std::chrono::microseconds time) { elapsed_ += time; }

 private:
  std::chrono::microseconds elapsed_{1'000'000'000};
};

/// A record that owns its bytes.
struct OwnedRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int64_t> timestamp_ms = 1'000'000;
};

/// Partitions as vectors of records. Everything that is there is handed out at
/// once; what is scripted happens before.
class FakeSource final : public RecordSource {
 public:
  explicit FakeSource(FakeClock& clock) : clock_(clock) {}

  void Add(OwnedRecord record) {
    auto& log = logs_[record.partition];
    record.offset = static_cast<std::int64_t>(log.size());
    log.push_back(std::move(record));
  }

  /// Called at the next Poll, before records are handed out.
  void AtNextPoll(std::function<void()> action) {
    actions_.push_back(std::move(action));
  }

  void Assign(std::int32_t partition, std::int64_t offset) {
    next_[partition] = offset;
    const std::vector<TopicPartition> partitions = {{"in", partition}};
    listener_->OnAssigned(partitions);
  }
  void Revoke(std::int32_t partition) {
    const std::vector<TopicPartition> partitions = {{"in", partition}};
    listener_->OnRevoked(partitions);
    next_.erase(partition);
  }
  void Lose(std::int32_t partition) {
    const std::vector<TopicPartition> partitions = {{"in", partition}};
    listener_->OnLost(partitions);
    next_.erase(partition);
  }

  void Subscribe(RebalanceListener& listener) override {
    listener_ = &listener;
  }

  std::span<const Record> Poll(std::chrono::milliseconds timeout,
                               std::size_t max) override {
    ++polls_;
    if (!actions_.empty()) {
      const auto action = std::move(actions_.front());
      actions_.pop_front();
      action();
    }
    records_.clear();
    headers_.clear();
    if (!paused_) {
      for (auto& [partition, offset] : next_) Take(partition, offset, max);
    }
    if (records_.empty()) clock_.Advance(timeout);
    return records_;
  }

  void Pause() override { paused_ = true; }
  void Resume() override { paused_ = false; }
  void Rewind(std::span<const Position> positions) override {
    for (const Position& position : positions) {
      const auto place = next_.find(position.where.partition);
      if (place != next_.end()) place->second = position.offset;
      rewinds_.push_back(position);
    }
  }
  std::int32_t NumPartitions() override { return num_partitions; }
  std::vector<PartitionLag> Lag() override {
    std::vector<PartitionLag> lags;
    for (const auto& [partition, offset] : next_) {
      lags.push_back({.where = {"in", partition},
                      .high_watermark =
                          static_cast<std::int64_t>(logs_[partition].size())});
    }
    return lags;
  }
  std::optional<std::string> FatalError() const override { return fatal; }
  void Close() override {
    closed = true;
    std::vector<std::int32_t> partitions;
    for (const auto& [partition, offset] : next_) {
      partitions.push_back(partition);
    }
    for (const std::int32_t partition : partitions) Revoke(partition);
  }

  bool paused() const { return paused_; }
  int polls() const { return polls_; }
  const std::vector<Position>& rewinds() const { return rewinds_; }

  std::int32_t num_partitions = 4;
  std::optional<std::string> fatal;
  bool closed = false;

 private:
  void Take(std::int32_t partition, std::int64_t& offset, std::size_t max) {
    const auto& log = logs_[partition];
    while (records_.size() < max &&
           offset < static_cast<std::int64_t>(log.size())) {
      const OwnedRecord& owned = log[static_cast<std::size_t>(offset)];
      Record record;
      record.topic = "in";
      record.partition = partition;
      record.offset = offset++;
      record.timestamp_ms = owned.timestamp_ms;
      if (owned.key) record.key = *owned.key;
      if (owned.value) record.value = *owned.value;
      headers_.emplace_back();
      for (const auto& [name, value] : owned.headers) {
        headers_.back().push_back({name, value});
      }
      record.headers = headers_.back();
      records_.push_back(record);
    }
  }

  FakeClock& clock_;
  std::map<std::int32_t, std::vector<OwnedRecord>> logs_;
  std::map<std::int32_t, std::int64_t> next_;
  std::deque<std::function<void()>> actions_;
  std::vector<Record> records_;
  std::deque<std::vector<Header>> headers_;
  std::vector<Position> rewinds_;
  RebalanceListener* listener_ = nullptr;
  bool paused_ = false;
  int polls_ = 0;
};

/// What reached the sink.
struct Produced {
  std::string topic;
  std::optional<std::int32_t> partition;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int64_t> timestamp_ms;
  std::uint64_t token = 0;

  std::string HeaderOf(const std::string& name) const {
    std::string found;
    for (const auto& [header, text] : headers) {
      if (header == name) found = text;
    }
    return found;
  }
};

/// Takes records and reports them as `status_of` says: delivered, unless told
/// otherwise; nothing is reported while `hold` is set.
class FakeSink final : public RecordSink {
 public:
  explicit FakeSink(FakeClock& clock) : clock_(clock) {}

  int OpenTopic(const std::string& name) override {
    topics_.push_back(name);
    return static_cast<int>(topics_.size()) - 1;
  }
  std::int32_t NumPartitions(int topic) override {
    return partitions_of[topics_[static_cast<std::size_t>(topic)]];
  }

  ProduceResult Produce(const OutRecord& record) override {
    if (full) return ProduceResult::kQueueFull;
    Produced made = Copy(record);
    const ProduceResult result =
        produce_result ? produce_result(made) : ProduceResult::kQueued;
    if (result != ProduceResult::kQueued) return result;
    in_flight_.push_back(std::move(made));
    return result;
  }

  std::span<const Delivery> Poll(std::chrono::milliseconds timeout) override {
    reports_.clear();
    while (!hold && !in_flight_.empty()) {
      Produced made = std::move(in_flight_.front());
      in_flight_.pop_front();
      const DeliveryStatus status =
          status_of ? status_of(made) : DeliveryStatus::kDelivered;
      reports_.push_back({.token = made.token, .status = status});
      if (status == DeliveryStatus::kDelivered) {
        delivered.push_back(std::move(made));
      }
    }
    if (reports_.empty()) clock_.Advance(timeout);
    if (on_poll) on_poll();
    return reports_;
  }

  bool transactional() const override { return false; }
  CommitResult Commit(std::span<const Position> positions,
                      CommitMode /*mode*/) override {
    for (const Position& position : positions) {
      committed[position.where.partition] = position.offset;
    }
    return CommitResult::kCommitted;
  }
  void Abort() override {
    ++aborts;
    in_flight_.clear();
  }
  void Hurry() override {}
  std::optional<std::string> FatalError() const override { return {}; }

  std::size_t in_flight() const { return in_flight_.size(); }

  bool hold = false;
  bool full = false;
  int aborts = 0;
  std::function<ProduceResult(const Produced&)> produce_result;
  std::function<DeliveryStatus(const Produced&)> status_of;
  std::function<void()> on_poll;
  std::map<std::string, std::int32_t> partitions_of = {{"out", 4}, {"dlq", 4}};
  std::vector<Produced> delivered;
  std::map<std::int32_t, std::int64_t> committed;

 private:
  Produced Copy(const OutRecord& record) const {
    Produced made;
    made.topic = topics_[static_cast<std::size_t>(record.topic)];
    made.partition = record.partition;
    made.key = record.key;
    made.value = record.value;
    for (const Header& header : record.headers) {
      made.headers.emplace_back(header.name,
                                header.value.value_or(std::string_view()));
    }
    made.timestamp_ms = record.timestamp_ms;
    made.token = record.token;
    return made;
  }

  FakeClock& clock_;
  std::vector<std::string> topics_;
  std::deque<Produced> in_flight_;
  std::vector<Delivery> reports_;
};

}  // namespace tidemill
