#include "tidemill/kafka/kafka_source.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "tidemill/kafka/deadline.h"
#include "tidemill/kafka/group_consumer.h"
#include "tidemill/kafka/record_batch.h"

namespace tidemill {

using std::chrono::milliseconds;

KafkaSource::KafkaSource(const KafkaSettings& settings, std::string topic,
                         KafkaEvents events)
    : topic_(std::move(topic)),
      consumer_(std::make_unique<GroupConsumer>(
          settings, topic_, std::move(events),
          [this](RebalanceKind what, std::span<const std::int32_t> partitions) {
            HandleRebalance(what, partitions);
          })),
      batch_(std::make_unique<RecordBatch>(topic_)) {}

KafkaSource::~KafkaSource() {
  listener_ = nullptr;
  KafkaSource::Close();
}

void KafkaSource::Subscribe(RebalanceListener& listener) {
  listener_ = &listener;
  consumer_->Subscribe();
}

std::span<const Record> KafkaSource::Poll(milliseconds timeout,
                                          std::size_t max) {
  assert(!closed_);
  batch_->Clear();
  if (pauses_wait_) {
    ApplyPause();
  }
  SeekWaiting();
  const auto deadline = DeadlineAfter(timeout);
  while (batch_->size() < max) {
    // Wait for the first only: a lone event is not held back.
    const milliseconds wait =
        batch_->empty() ? TimeUntil(deadline) : milliseconds{0};
    MessagePtr message = consumer_->Poll(wait);
    if (message != nullptr && Accept(*message)) {
      batch_->Add(std::move(message));
    } else if (message == nullptr && wait == milliseconds{0}) {
      break;
    }
  }
  return batch_->Records();
}

bool KafkaSource::Accept(const rd_kafka_message_s& message) {
  Partition& partition = At(message.partition);
  if (partition.rewind) {
    return false;  // of the position before Rewind(); it comes again
  }
  if (paused_) {
    // It came before its partition could be paused; read it again later.
    partition.rewind = message.offset;
    seeks_wait_ = true;
    return false;
  }
  // librdkafka 2.0.2 pauses partitions by itself around a rebalance. When that
  // meets a poll, the one record just taken may come a second time. The time is
  // compared too, as a topic made anew starts at offset 0 again.
  const std::int64_t timestamp_ms =
      rd_kafka_message_timestamp(&message, nullptr);
  if (message.offset == partition.next - 1 &&
      timestamp_ms == partition.last_timestamp_ms) {
    return false;
  }
  partition.next = message.offset + 1;
  partition.last_timestamp_ms = timestamp_ms;
  return true;
}

void KafkaSource::Pause() {
  paused_ = true;
  ApplyPause();
}

void KafkaSource::Resume() {
  paused_ = false;
  ApplyPause();
}

void KafkaSource::ApplyPause() {
  pauses_wait_ = false;
  std::vector<std::int32_t> changed;
  for (const std::int32_t number : Assigned()) {
    if (std::exchange(At(number).paused, paused_) != paused_) {
      changed.push_back(number);
    }
  }
  if (changed.empty()) {
    return;
  }
  if (paused_) {
    for (const std::int32_t missed : consumer_->Pause(changed)) {
      At(missed).paused = false;
      pauses_wait_ = true;
    }
  } else {
    consumer_->Resume(changed);
    WakeFetching(changed);
  }
}

void KafkaSource::WakeFetching(std::span<const std::int32_t> partitions) {
  // librdkafka's thread may sleep for up to a second over a resume; a seek,
  // here to where reading goes on anyway, wakes it.
  for (const std::int32_t number : partitions) {
    Partition& partition = At(number);
    if (partition.next >= 0 && !partition.rewind) {
      partition.rewind = partition.next;
      seeks_wait_ = true;
    }
  }
  SeekWaiting();
}

void KafkaSource::Rewind(std::span<const Position> positions) {
  for (const Position& position : positions) {
    assert(position.where.topic == topic_);
    Partition& partition = At(position.where.partition);
    if (partition.assigned) {
      partition.rewind = position.offset;
      seeks_wait_ = true;
    }
  }
  SeekWaiting();
}

void KafkaSource::SeekWaiting() {
  if (!std::exchange(seeks_wait_, false)) {
    return;
  }
  std::vector<PartitionOffset> targets;
  for (const std::int32_t number : Assigned()) {
    if (const auto& rewind = At(number).rewind) {
      targets.push_back({.partition = number, .offset = *rewind});
    }
  }
  if (targets.empty()) {
    return;
  }
  const std::vector<PartitionOffset> missed = consumer_->Seek(targets);
  for (const PartitionOffset& target : targets) {
    Partition& partition = At(target.partition);
    partition.rewind.reset();
    partition.next = target.offset;
    partition.last_timestamp_ms.reset();
  }
  // A partition just assigned cannot be sought before its committed offset has
  // arrived. Until then Accept() keeps its records back.
  for (const PartitionOffset& target : missed) {
    At(target.partition).rewind = target.offset;
    seeks_wait_ = true;
  }
}

void KafkaSource::HandleRebalance(RebalanceKind what,
                                  std::span<const std::int32_t> partitions) {
  if (what == RebalanceKind::kAssigned) {
    for (const std::int32_t number : partitions) {
      At(number) = {.assigned = true, .paused = At(number).paused};
    }
    ApplyPause();
    if (listener_ != nullptr) {
      listener_->OnAssigned(Named(partitions));
    }
    return;
  }
  // Gone before the listener is told: it may throw.
  const std::vector<TopicPartition> named = Named(partitions);
  batch_->Drop(partitions);
  for (const std::int32_t number : partitions) {
    At(number) = {.paused = At(number).paused};
  }
  if (listener_ == nullptr) {
    return;
  }
  if (what == RebalanceKind::kRevoked) {
    listener_->OnRevoked(named);
  } else {
    listener_->OnLost(named);
  }
}

std::int32_t KafkaSource::NumPartitions() { return consumer_->NumPartitions(); }

std::vector<PartitionLag> KafkaSource::Lag() {
  std::vector<PartitionLag> lags;
  for (const std::int32_t number : Assigned()) {
    if (const auto end = consumer_->HighWatermark(number)) {
      lags.push_back({.where = {topic_, number}, .high_watermark = *end});
    }
  }
  return lags;
}

std::optional<std::string> KafkaSource::FatalError() const {
  return consumer_->FatalError();
}

void KafkaSource::Close() {
  if (std::exchange(closed_, true)) {
    return;
  }
  batch_->Clear();
  consumer_->Close();
  // After a fatal error librdkafka takes partitions away without a callback.
  const std::vector<std::int32_t> remaining = Assigned();
  if (!remaining.empty()) {
    HandleRebalance(RebalanceKind::kLost, remaining);
  }
}

CommitResult KafkaSource::Commit(std::span<const Position> positions,
                                 CommitMode mode) {
  return consumer_->Commit(positions, mode);
}

KafkaSource::Partition& KafkaSource::At(std::int32_t partition) {
  assert(partition >= 0);
  const auto index = static_cast<std::size_t>(partition);
  if (index >= partitions_.size()) {
    partitions_.resize(index + 1);
  }
  return partitions_[index];
}

std::vector<TopicPartition> KafkaSource::Named(
    std::span<const std::int32_t> partitions) const {
  std::vector<TopicPartition> named;
  for (const std::int32_t number : partitions) {
    named.push_back({.topic = topic_, .partition = number});
  }
  return named;
}

std::vector<std::int32_t> KafkaSource::Assigned() const {
  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].assigned) {
      numbers.push_back(static_cast<std::int32_t>(i));
    }
  }
  return numbers;
}

}  // namespace tidemill
