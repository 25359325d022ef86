#include "tidemill/serving/shadow_queue.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace tidemill {
namespace {

constexpr std::string_view kTraceparent = "traceparent";
/// Larger blocks are not kept: they would fill the queue with little in them.
constexpr std::size_t kKeptShare = 16;

const Header* FindTraceparent(const Record& record) {
  const auto place = std::find_if(
      record.headers.begin(), record.headers.end(), [](const Header& header) {
        return header.name == kTraceparent && header.value.has_value();
      });
  return place == record.headers.end() ? nullptr : &*place;
}

std::size_t SizeOf(const std::optional<std::string_view>& text) {
  return text ? text->size() : 0;
}

}  // namespace

void ShadowBlock::Size::Add(const Record& record, const ScoredEvent& scored) {
  ++events;
  bytes += SizeOf(record.key) + SizeOf(record.value);
  if (record.topic != topic) bytes += record.topic.size();
  topic = record.topic;
  const Header* traceparent = FindTraceparent(record);
  if (traceparent != nullptr) bytes += SizeOf(traceparent->value);
  if (scored.error == nullptr) bytes += SizeOf(scored.label);
}

std::size_t ShadowBlock::CapacityFor(const Size& size) const {
  return std::max(size.bytes, capacity_) +
         std::max(size.events, events_.capacity()) * sizeof(Event);
}

void ShadowBlock::Reserve(const Size& size) {
  events_.clear();
  events_.reserve(size.events);
  used_ = 0;
  if (size.bytes <= capacity_) return;
  bytes_.reset();
  capacity_ = 0;
  bytes_ = std::make_unique_for_overwrite<char[]>(size.bytes);
  capacity_ = size.bytes;
}

std::string_view ShadowBlock::Keep(std::string_view text) {
  assert(capacity_ - used_ >= text.size());
  // An empty text is there all the same.
  if (text.empty()) return {"", 0};
  char* place = bytes_.get() + used_;
  std::memcpy(place, text.data(), text.size());
  used_ += text.size();
  return {place, text.size()};
}

void ShadowBlock::Add(const Record& record, const ScoredEvent& scored,
                      Variant variant) {
  assert(events_.size() < events_.capacity());
  const bool same_topic =
      !events_.empty() && events_.back().record.topic == record.topic;
  const std::string_view topic =
      same_topic ? events_.back().record.topic : Keep(record.topic);
  Event& event = events_.emplace_back();
  event.record.topic = topic;
  event.record.partition = record.partition;
  event.record.offset = record.offset;
  event.record.timestamp_ms = record.timestamp_ms;
  if (record.key) event.record.key = Keep(*record.key);
  if (record.value) event.record.value = Keep(*record.value);
  if (const Header* header = FindTraceparent(record)) {
    event.traceparent_ = {kTraceparent, Keep(*header->value)};
    event.record.headers = {&event.traceparent_, 1};
  }
  event.by_champion = variant == Variant::kChampion;
  if (scored.error != nullptr) return;
  event.score = scored.score;
  if (scored.label) event.label = Keep(*scored.label);
}

ShadowQueue::ShadowQueue(ShadowQueueLimits limits)
    : limits_(limits), waiting_(limits.blocks) {
  free_.reserve(limits.blocks);
}

std::unique_ptr<ShadowBlock> ShadowQueue::Begin(const ShadowBlock::Size& size) {
  const ShadowBlock fresh;
  std::unique_ptr<ShadowBlock> block;
  std::unique_ptr<ShadowBlock> too_large;
  {
    const std::lock_guard lock(mutex_);
    const auto fits = [&](const ShadowBlock& candidate) {
      return candidate.CapacityFor(size) <= limits_.bytes - used_bytes_;
    };
    if (closed_ || used_blocks_ == limits_.blocks || !fits(fresh)) {
      return nullptr;
    }
    if (!free_.empty()) {
      block = std::move(free_.back());
      free_.pop_back();
      free_bytes_ -= block->CapacityFor({});
      if (!fits(*block)) too_large = std::move(block);
    }
    used_bytes_ += (block != nullptr ? *block : fresh).CapacityFor(size);
    ++used_blocks_;
  }
  if (block == nullptr) block = std::make_unique<ShadowBlock>();
  block->Reserve(size);
  return block;
}

bool ShadowQueue::Push(std::unique_ptr<ShadowBlock> block) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      --used_blocks_;
      used_bytes_ -= block->CapacityFor({});
      return false;
    }
    waiting_[(first_ + num_waiting_) % limits_.blocks] = std::move(block);
    ++num_waiting_;
  }
  pushed_.notify_one();
  return true;
}

std::unique_ptr<ShadowBlock> ShadowQueue::Take(
    std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  pushed_.wait_for(lock, timeout,
                   [this] { return num_waiting_ > 0 || closed_; });
  if (num_waiting_ == 0) return nullptr;
  std::unique_ptr<ShadowBlock> block = std::move(waiting_[first_]);
  first_ = (first_ + 1) % limits_.blocks;
  --num_waiting_;
  return block;
}

void ShadowQueue::Return(std::unique_ptr<ShadowBlock> block) {
  const std::size_t bytes = block->CapacityFor({});
  const std::lock_guard lock(mutex_);
  --used_blocks_;
  used_bytes_ -= bytes;
  if (bytes > limits_.bytes / kKeptShare ||
      free_bytes_ + bytes > limits_.bytes) {
    return;
  }
  free_bytes_ += bytes;
  free_.push_back(std::move(block));
}

void ShadowQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  pushed_.notify_all();
}

}  // namespace tidemill
