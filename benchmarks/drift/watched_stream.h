#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "benchmarks/drift/event_pool.h"
#include "benchmarks/drift/trainings.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/event_batch.h"
#include "tidemill/core/random.h"
#include "tidemill/telemetry/drift_counter.h"
#include "tidemill/telemetry/drift_monitor.h"

namespace tidemill {

/// One version that is served by one worker and watched, with the code that
/// does so in `tidemill serve`. Its events come evenly, one every kGap: 50,000
/// in ten minutes, so that the default window reaches both limits at once.
class WatchedStream {
 public:
  static constexpr std::chrono::milliseconds kGap{12};

  WatchedStream(const Training& training, const DriftOptions& options);

  /// The next events: a stretch of the pool from a random place on. `scores`
  /// are by the pool's rows.
  void Send(const PoolReader& reader, std::span<const double> scores,
            std::size_t events, Random& random);
  /// Slides the window, as serve does every second.
  void Slide() { monitor_.Update(now_); }
  /// As of the last Slide().
  DriftReport Report() const { return monitor_.Read().front(); }

 private:
  SteadyTime now_;
  DriftMonitor monitor_;
  DriftCounter counter_;
  EventBatch batch_;
  RowMatrix no_features_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace tidemill
