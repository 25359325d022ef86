#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "tidemill/core/record.h"

namespace tidemill {

/// Which offsets may be committed: those before the first one whose output is
/// not delivered yet.
///
/// Entries stand in the order in which they were begun, over all partitions; a
/// token is an entry's number. The frontier of a partition moves when the
/// oldest entries are done.
/// Threads: one at a time.
class OffsetTracker {
 private:
  struct State {
    std::int64_t frontier = 0;    ///< next offset to commit
    std::int64_t committed = -1;  ///< last one given to MarkCommitted
    std::set<std::int64_t> done;
  };

 public:
  /// A partition, found once; valid until it is forgotten.
  using Handle = State*;

  OffsetTracker();

  /// `offset` is the first that will be begun, and so the frontier until it is
  /// finished; it counts only when the partition is new.
  Handle Partition(const TopicPartition& partition, std::int64_t offset);

  /// Begins an offset; answers its token. Offsets of a partition rise.
  std::uint64_t Begin(Handle partition, std::int64_t offset);

  /// Its output is delivered. A token of a forgotten partition, or one from
  /// before Rewind(), is ignored; answers whether it counted.
  bool Finish(std::uint64_t token);

  /// False for a token that Finish() would ignore.
  bool Holds(std::uint64_t token) const {
    return token >= first_ && token < first_ + size_ &&
           ring_[token & (ring_.size() - 1)].state != nullptr;
  }

  /// Begun and not finished.
  std::size_t in_flight() const { return in_flight_; }
  /// Entries held: bounds the memory.
  std::size_t size() const { return size_; }
  /// The oldest token still held; tokens below it are gone.
  std::uint64_t first_token() const { return first_; }

  /// Frontiers that have moved since MarkCommitted().
  std::vector<Position> Uncommitted() const;
  void MarkCommitted(std::span<const Position> positions);

  /// All frontiers: where to read on after Rewind.
  std::vector<Position> Frontiers() const;

  /// Forgets all that is in flight, as if it had never been begun. Offsets
  /// beyond a frontier that were finished are remembered as done.
  void Rewind();
  /// True, once, for an offset that was finished before a Rewind(): its output
  /// is out already. The caller begins and finishes it without another.
  static bool TakeDone(Handle partition, std::int64_t offset) {
    return !partition->done.empty() && partition->done.erase(offset) > 0;
  }

  void Forget(const TopicPartition& partition);

 private:
  struct Entry {
    State* state = nullptr;  ///< nullptr: forgotten
    std::int64_t offset = 0;
    bool finished = false;
  };

  Entry& At(std::uint64_t token) { return ring_[token & (ring_.size() - 1)]; }
  void Advance();
  void Grow();

  std::map<TopicPartition, State> partitions_;  // its nodes never move
  /// A power of two; entry of token t at t modulo the size.
  std::vector<Entry> ring_;
  std::uint64_t first_ = 0;
  std::size_t size_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace tidemill
