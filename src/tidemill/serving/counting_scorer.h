#pragma once

#include <span>
#include <string_view>

#include "tidemill/rollout/model_table.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {

/// Scores events with a served model and tells its VersionCounts, by which the
/// guardrails judge it.
/// Memory:  as BatchScorer.
/// Threads: one at a time.
class CountingScorer {
 public:
  explicit CountingScorer(DecodeLimits limits) : scorer_(limits) {}

  /// One result per event, valid until the next call.
  std::span<const ScoredEvent> Score(const ServedModel& model,
                                     std::span<const std::string_view> events);

  ScoredInputs inputs() const { return scorer_.inputs(); }
  const StageTimes& times() const { return scorer_.times(); }
  /// Fields outside the schema, of the events of the last Score().
  std::uint64_t ignored_fields() const { return ignored_fields_; }

 private:
  BatchScorer scorer_;
  std::uint64_t ignored_fields_ = 0;
};

}  // namespace tidemill
