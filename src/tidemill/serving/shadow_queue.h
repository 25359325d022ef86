#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tidemill/core/prediction.h"
#include "tidemill/core/record.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {

/// A copy of what shadows need of one batch.
/// Memory:  what Reserve() was told, and it stays.
/// Threads: one at a time.
class ShadowBlock {
 public:
  /// Room that a batch takes.
  struct Size {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::string_view topic;  ///< of the last event
    void Add(const Record& record, const ScoredEvent& scored);
  };

  struct Event {
    Record record;  ///< of the headers only traceparent
    bool by_champion = true;
    std::optional<double> score;  ///< none: the event was refused
    std::optional<std::string_view> label;

   private:
    friend class ShadowBlock;
    Header traceparent_;
  };

  /// Forgets what it holds and makes room.
  void Reserve(const Size& size);
  /// What it would hold on to after Reserve(size), in bytes.
  std::size_t CapacityFor(const Size& size) const;

  /// Requires room for it.
  void Add(const Record& record, const ScoredEvent& scored, Variant variant);

  /// Views are valid until Reserve().
  std::span<const Event> events() const { return events_; }

 private:
  std::string_view Keep(std::string_view text);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::vector<Event> events_;  ///< never grows over what was reserved
};

struct ShadowQueueLimits {
  std::size_t bytes = 16U << 20U;
  std::size_t blocks = 1024;
};

/// Batches on their way from the workers to the shadows. A worker never waits
/// here: when there is no room it learns so at once, before it copies.
///
/// Memory:  the blocks being filled, waiting and being scored hold at most
///          limits.bytes, those kept for reuse as much again.
/// Threads: any; the lock is held for moving pointers, never for copying,
///          allocating or freeing.
class ShadowQueue {
 public:
  explicit ShadowQueue(ShadowQueueLimits limits = {});
  ShadowQueue(const ShadowQueue&) = delete;
  ShadowQueue& operator=(const ShadowQueue&) = delete;

  /// An empty block with that much room, to be given to Push(). None when the
  /// queue is full or closed.
  std::unique_ptr<ShadowBlock> Begin(const ShadowBlock::Size& size);
  /// False, and nothing taken, when the queue was closed meanwhile.
  bool Push(std::unique_ptr<ShadowBlock> block);

  /// The oldest block, waiting for one up to `timeout`; then none. Give it
  /// back by Return().
  std::unique_ptr<ShadowBlock> Take(std::chrono::milliseconds timeout);
  void Return(std::unique_ptr<ShadowBlock> block);

  /// Takes nothing more; what waits can still be taken.
  void Close();

 private:
  const ShadowQueueLimits limits_;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable pushed_;
  bool closed_ = false;
  std::size_t used_blocks_ = 0;  ///< begun and not returned
  std::size_t used_bytes_ = 0;
  std::vector<std::unique_ptr<ShadowBlock>> waiting_;  ///< a ring
  std::size_t first_ = 0;
  std::size_t num_waiting_ = 0;
  std::vector<std::unique_ptr<ShadowBlock>> free_;
  std::size_t free_bytes_ = 0;
};

}  // namespace tidemill
