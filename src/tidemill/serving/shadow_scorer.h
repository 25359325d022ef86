#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/serving/counting_scorer.h"
#include "tidemill/serving/output_builder.h"
#include "tidemill/serving/shadow_queue.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

struct ShadowOptions {
  std::string service;
  std::string events_topic;
  std::string predictions_topic;  ///< results go to <predictions_topic>.shadow
  DecodeLimits limits;
  /// How long a full sink may hold up a block.
  std::chrono::milliseconds room_timeout{200};
  /// How long a stop may take.
  std::chrono::milliseconds drain_timeout{1000};
};

/// Scores blocks with the shadows of a set, writes their predictions and
/// compares them with the champion's.
///
/// Delivery: best effort. Each event of a block counts once per shadow: as
///           scored when its prediction is delivered; as failed when the
///           shadow could not score it or it was not delivered; as dropped
///           when the sink had no room in time. Nothing is repeated.
/// Memory:   at most kMaxInFlight outputs wait for their report.
/// Threads:  one at a time.
class ShadowScorer {
 public:
  static constexpr std::size_t kMaxInFlight = 1U << 14U;

  /// The references must outlive it.
  ShadowScorer(const ShadowOptions& options, RecordSink& sink,
               const Clock& clock);

  void Score(const ShadowBlock& block, const ModelSet& models);

  /// Lets go of the shadows that `models` (which may be null) has no more, as
  /// soon as their last report is in.
  void Retain(const ModelSet* models);

  void TakeReports(std::chrono::milliseconds timeout);
  /// Produced and not reported yet.
  std::size_t unreported() const { return kMaxInFlight - free_.size(); }

  /// Nothing waits beyond this time any more.
  void DrainUntil(SteadyTime end) { drain_end_ = end; }
  /// Waits for the reports until then; what is not delivered counts as failed.
  void Settle();

 private:
  /// A shadow's counts, kept until its last report is in.
  struct Lane {
    explicit Lane(const ServedModel& model)
        : version(model.metrics),
          shadow(model.shadow),
          recorder(model.metrics) {}
    std::shared_ptr<const VersionMetrics> version;
    std::shared_ptr<const ShadowMetrics> shadow;
    VersionRecorder recorder;
    std::size_t unreported = 0;
    bool retired = false;
  };
  struct Pending {
    Lane* lane = nullptr;
    double score = 0.0;
    std::optional<std::int64_t> timestamp_ms;
  };

  Lane& LaneOf(const ServedModel& model);
  void ScoreWith(const ServedModel& model, CountingScorer& scorer,
                 std::span<const ShadowBlock::Event> events);
  void CountInputs(std::span<const ShadowBlock::Event> events,
                   std::span<const ScoredEvent> scored,
                   const ScoredInputs& inputs, VersionRecorder& recorder);
  void Emit(const ShadowBlock::Event& event, const ScoredEvent& scored,
            const ServedModel& model, Lane& lane);
  ProduceResult ProduceWhenRoom(OutRecord& out);
  bool MayWait();
  void TakeReport(const Delivery& report, std::int64_t now_ms);
  void DropFinished();
  void LookUpPartitions();

  ShadowOptions options_;
  RecordSink& sink_;
  const Clock& clock_;

  OutputBuilder builder_;
  OutputBuilder::Topics topics_;
  int events_topic_;
  bool partitions_known_ = false;
  SteadyTime last_lookup_{};

  std::vector<CountingScorer> scorers_;  ///< by place in the set
  std::vector<std::string_view> values_;
  std::vector<std::uint32_t> rows_;  ///< whose inputs are counted
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Pending> pending_;        ///< by token
  std::vector<std::uint64_t> free_;     ///< tokens not in use
  std::optional<SteadyTime> room_end_;  ///< of the block at hand
  std::optional<SteadyTime> drain_end_;
};

}  // namespace tidemill
