#pragma once

#include <memory>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/drift_window.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// How far each challenger's scores lie from the champion's, over the drift
/// window of both: tidemill_challenger_score_psi, over the bins that the
/// guardrails compare in, with the events of the smaller side beside it.
/// Series:  of a challenger, while it is in the set; the figure itself only
///          once both sides have events, over the same bins, two at least.
/// Threads: one at a time.
class ChampionComparison {
 public:
  ChampionComparison(const ServiceMetrics& metrics, DriftWindowSize window);
  ~ChampionComparison();
  ChampionComparison(const ChampionComparison&) = delete;
  ChampionComparison& operator=(const ChampionComparison&) = delete;

  /// Meant for every second. `models` may be null; each of its versions has
  /// counts.
  void Update(const ModelSet* models, SteadyTime now);

 private:
  struct Side;

  /// Adds the version to sides_, out of those before where it is one.
  void Follow(const ServedModel& served,
              std::vector<std::unique_ptr<Side>>& before, SteadyTime now);
  static void Compare(Side& challenger, const DriftWindow& champion);

  const ServiceMetrics& metrics_;
  DriftWindowSize window_;
  std::vector<std::unique_ptr<Side>> sides_;  ///< the champion's first
};

}  // namespace tidemill
