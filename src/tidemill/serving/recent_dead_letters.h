#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/event_error.h"
#include "tidemill/core/record.h"

namespace tidemill {

/// A dead letter for people to look at; never the event's content.
struct DeadLetterNote {
  std::string id;  ///< topic/partition/offset of the event
  Stage stage = Stage::kParse;
  Reason reason = Reason::kEmpty;
  std::string detail;  ///< as in the dead letter's header, cut
  WallTime time;
};

/// The last dead letters of all workers, each event once, with its last reason.
/// Memory:  kKept of them, details cut to kMaxDetail bytes.
/// Threads: any.
class RecentDeadLetters {
 public:
  static constexpr std::size_t kKept = 20;
  static constexpr std::size_t kMaxDetail = 300;

  void Add(const Record& record, const EventError& error, WallTime now);

  /// The newest first.
  std::vector<DeadLetterNote> Read() const;

 private:
  mutable std::mutex mutex_;
  std::deque<DeadLetterNote> notes_;  ///< guarded by mutex_, the oldest first
};

}  // namespace tidemill
