#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tidemill/core/clock.h"
#include "tidemill/rollout/champion_comparison.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/drift_window.h"
#include "tidemill/telemetry/recent_figures.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// Looks at a scorer once a second: slides the windows of drift, compares
/// challengers with the champion, and takes the readings behind rates.
/// Threads: its own; recent() from any.
class Observer {
 public:
  /// All references must outlive it.
  Observer(const ServiceMetrics& metrics, const ModelTable& models,
           const Clock& clock);
  /// Stop().
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  RecentFigures recent() const { return readings_.Read(); }

  void Stop();

 private:
  void Run();

  const ServiceMetrics& metrics_;
  const ModelTable& models_;
  const Clock& clock_;
  ChampionComparison comparison_;
  RecentReadings readings_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace tidemill
