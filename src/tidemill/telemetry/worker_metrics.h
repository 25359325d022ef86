#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tidemill/core/event_error.h"
#include "tidemill/telemetry/local_histogram.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// One worker's counts: plain numbers while a batch runs, added to the shared
/// metrics once per batch.
///
/// Per batch: count and observe; then Publish() when its offsets are
///          committed, or Discard() when it was aborted and will be read
///          again, so that events_total sums to what was read.
/// Memory:  does not allocate after construction, but for the first dead
///          letter of an unusual stage and reason.
/// Threads: one at a time.
class WorkerMetrics {
 public:
  /// `service` must outlive this.
  explicit WorkerMetrics(ServiceMetrics& service);
  /// Publishes what is left and takes its share out of the gauges.
  ~WorkerMetrics();
  WorkerMetrics(const WorkerMetrics&) = delete;
  WorkerMetrics& operator=(const WorkerMetrics&) = delete;

  void CountScored(std::size_t events = 1) { scored_ += events; }
  void CountDeadLetter(Stage stage, Reason reason) {
    ++dead_letters_[static_cast<std::size_t>(stage) * kNumReasons +
                    static_cast<std::size_t>(reason)];
    ++dead_lettered_;
  }
  /// Events that got neither a prediction nor a dead letter.
  void CountFailed(std::size_t events = 1) { failed_ += events; }
  /// Fields that the schema does not have.
  void CountIgnoredFields(std::size_t fields) { ignored_fields_ += fields; }

  void ObserveBatch(std::size_t events) {
    batch_events_.Observe(static_cast<double>(events));
  }
  void ObserveStage(BatchStage stage, std::chrono::nanoseconds duration) {
    stages_[static_cast<std::size_t>(stage)].Observe(
        std::chrono::duration<double>(duration).count());
  }

  /// Records of this worker that are read and not yet committed; shown at
  /// once.
  void SetInFlight(std::size_t records);

  void Publish();
  void Discard();

 private:
  void Forget();

  ServiceMetrics& service_;
  std::size_t scored_ = 0;
  std::size_t failed_ = 0;
  std::size_t ignored_fields_ = 0;
  std::size_t dead_lettered_ = 0;
  std::size_t in_flight_ = 0;
  std::array<std::uint32_t, kNumStages * kNumReasons> dead_letters_{};
  std::vector<LocalHistogram> stages_;  ///< by BatchStage
  LocalHistogram batch_events_;
};

}  // namespace tidemill
