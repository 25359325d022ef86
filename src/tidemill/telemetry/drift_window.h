#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "tidemill/core/clock.h"

namespace tidemill {

/// How far back drift looks: to both limits, so that a slow stream is judged
/// by enough events and a fast one over enough time.
struct DriftWindowSize {
  std::chrono::milliseconds time{std::chrono::minutes(10)};
  std::uint64_t events = 50'000;
};

/// The counts of the last events out of totals that only grow: a row of
/// subtotals slides along. A subtotal is closed when it has 1/32 of the time
/// and 1/32 of the events; the oldest one goes as soon as the others reach both
/// limits. So the window is never shorter than the limits while there is that
/// much, and holds at most 34 subtotals. On an even stream it is at most 1/16
/// longer than the limit that binds, when updates come 32 times within that.
/// While no events come it only grows longer: it keeps the last ones.
/// Memory:  35 x slots numbers.
/// Threads: one at a time.
class DriftWindow {
 public:
  /// Begins now, with nothing counted yet.
  DriftWindow(DriftWindowSize size, std::size_t slots, SteadyTime now);

  /// `events` and `totals` as they stand now; neither falls, nor does `now`.
  /// After a clock that jumps ahead the window has its events, but less time
  /// than it says.
  void Update(SteadyTime now, std::uint64_t events,
              std::span<const std::uint64_t> totals);

  /// Per slot, within the window; as of the last Update().
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t events() const { return events_; }
  /// From the window's beginning to the last Update().
  std::chrono::nanoseconds length() const { return length_; }
  std::size_t num_subtotals() const { return starts_.size(); }

 private:
  /// Totals at the moment at which a subtotal begins.
  struct Start {
    SteadyTime time;
    std::uint64_t events = 0;
    std::vector<std::uint64_t> totals;
  };

  bool Closes(const Start& open, SteadyTime now, std::uint64_t events) const;
  bool Reaches(const Start& start, SteadyTime now, std::uint64_t events) const;

  DriftWindowSize size_;
  std::deque<Start> starts_;  ///< the oldest first; the last one is open
  std::vector<std::uint64_t> counts_;
  std::uint64_t events_ = 0;
  std::chrono::nanoseconds length_{0};
};

}  // namespace tidemill
