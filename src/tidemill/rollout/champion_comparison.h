#pragma once

#include <memory>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/drift_window.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// How far each challenger's scores lie from the champion's in the same time:
/// tidemill_challenger_score_psi, over the bins that the guardrails compare in,
/// with the events of the side that has fewer. The window's events are those of
/// that side too, so a small canary is compared over a longer time; it begins
/// anew with another champion.
/// Series:  of a challenger, while it is in the set; the figure itself only
///          once both sides have events, over the same bins, two at least.
/// Counts:  as the guardrails': an event that was read again counts again.
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
  struct Pair;

  /// Adds the pair to pairs_, out of those before where it is one.
  void Follow(const ServedModel& champion, const ServedModel& challenger,
              std::vector<std::unique_ptr<Pair>>& before, SteadyTime now);

  const ServiceMetrics& metrics_;
  DriftWindowSize window_;
  std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace tidemill
