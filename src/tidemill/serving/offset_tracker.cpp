#include "tidemill/serving/offset_tracker.h"

#include <utility>

namespace tidemill {
namespace {

constexpr std::size_t kFirstCapacity = 1024;

}  // namespace

OffsetTracker::OffsetTracker() : ring_(kFirstCapacity) {}

OffsetTracker::Handle OffsetTracker::Partition(const TopicPartition& partition,
                                               std::int64_t offset) {
  const auto [place, is_new] = partitions_.try_emplace(partition);
  if (is_new) place->second.frontier = offset;
  return &place->second;
}

std::uint64_t OffsetTracker::Begin(Handle partition, std::int64_t offset) {
  if (size_ == ring_.size()) Grow();
  const std::uint64_t token = first_ + size_;
  At(token) = {.state = partition, .offset = offset, .finished = false};
  ++size_;
  ++in_flight_;
  return token;
}

void OffsetTracker::Grow() {
  std::vector<Entry> wider(2 * ring_.size());
  for (std::uint64_t token = first_; token < first_ + size_; ++token) {
    wider[token & (wider.size() - 1)] = At(token);
  }
  ring_ = std::move(wider);
}

bool OffsetTracker::Finish(std::uint64_t token) {
  if (token < first_ || token >= first_ + size_) return false;
  Entry& entry = At(token);
  if (entry.state == nullptr || entry.finished) return false;
  entry.finished = true;
  --in_flight_;
  Advance();
  return true;
}

void OffsetTracker::Advance() {
  for (; size_ > 0; ++first_, --size_) {
    const Entry& entry = At(first_);
    if (entry.state == nullptr) continue;
    if (!entry.finished) return;
    entry.state->frontier = entry.offset + 1;
  }
}

std::vector<Position> OffsetTracker::Uncommitted() const {
  std::vector<Position> positions;
  for (const auto& [partition, state] : partitions_) {
    if (state.frontier > state.committed) {
      positions.push_back({.where = partition, .offset = state.frontier});
    }
  }
  return positions;
}

void OffsetTracker::MarkCommitted(std::span<const Position> positions) {
  for (const Position& position : positions) {
    const auto place = partitions_.find(position.where);
    if (place != partitions_.end()) place->second.committed = position.offset;
  }
}

std::vector<Position> OffsetTracker::Frontiers() const {
  std::vector<Position> positions;
  for (const auto& [partition, state] : partitions_) {
    positions.push_back({.where = partition, .offset = state.frontier});
  }
  return positions;
}

void OffsetTracker::Rewind() {
  for (; size_ > 0; ++first_, --size_) {
    const Entry& entry = At(first_);
    if (entry.state != nullptr && entry.finished) {
      entry.state->done.insert(entry.offset);
    }
  }
  in_flight_ = 0;
}

void OffsetTracker::Forget(const TopicPartition& partition) {
  const auto place = partitions_.find(partition);
  if (place == partitions_.end()) return;
  for (std::uint64_t token = first_; token < first_ + size_; ++token) {
    Entry& entry = At(token);
    if (entry.state != &place->second) continue;
    entry.state = nullptr;
    if (!entry.finished) --in_flight_;
  }
  partitions_.erase(place);
  Advance();
}

}  // namespace tidemill
