#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tidemill/core/record.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/serving/canary_router.h"
#include "tidemill/serving/counting_scorer.h"
#include "tidemill/serving/version_recorders.h"

namespace tidemill {

/// What became of one record, and by whom.
struct Answer {
  const ScoredEvent& scored;
  const ServedModel& model;
  VersionRecorder& recorder;
};

/// Scores a batch of records, each with the model that answers for it: those
/// of one model together, so that a canary costs a second pass, not one per
/// event. Without canaries no record is looked into.
///
/// Memory:  a scorer per model that answers at once; it stays.
/// Threads: one at a time.
class BatchGroups {
 public:
  explicit BatchGroups(DecodeLimits limits)
      : limits_(limits), router_(limits.max_bytes) {}

  /// Tokens of the outputs of these records are below `end_token`.
  void Score(std::span<const Record> records, const ModelSet& models,
             VersionRecorders& recorders, std::uint64_t end_token);

  /// Of record i of the last Score(); valid until the next, while its set is.
  Answer At(std::size_t record) const {
    const Place place = PlaceOf(record);
    const Group& group = groups_[place.group];
    return {group.scored[place.event], *group.model, *group.recorder};
  }

  /// The inputs of record i, read for the first time, are counted for drift by
  /// the next CountInputs(), unless it was not scored or is not sampled.
  void TakeInputs(std::size_t i, const Record& record);
  void CountInputs();

  /// Sums over the models of the last Score().
  const StageTimes& times() const { return times_; }
  std::uint64_t ignored_fields() const { return ignored_fields_; }

 private:
  struct Group {
    explicit Group(DecodeLimits limits) : scorer(limits) {}
    CountingScorer scorer;
    const ServedModel* model = nullptr;
    VersionRecorder* recorder = nullptr;
    std::vector<std::string_view> values;
    std::span<const ScoredEvent> scored;
    std::vector<std::uint32_t> rows;  ///< whose inputs are to be counted
  };
  struct Place {
    std::size_t group = 0;
    std::size_t event = 0;
  };

  Place PlaceOf(std::size_t record) const {
    return places_.empty() ? Place{.group = 0, .event = record}
                           : places_[record];
  }
  std::span<Group> Open(const ModelSet& models);
  void Distribute(std::span<const Record> records, const ModelSet& models);

  DecodeLimits limits_;
  CanaryRouter router_;
  std::vector<Group> groups_;  ///< the champion's, then the canaries'
  std::vector<Place> places_;  ///< by record; empty: all in the first group
  StageTimes times_;
  std::uint64_t ignored_fields_ = 0;
};

}  // namespace tidemill
