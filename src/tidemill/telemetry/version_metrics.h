#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include "tidemill/core/baseline.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/prediction.h"
#include "tidemill/telemetry/drift_counter.h"
#include "tidemill/telemetry/local_histogram.h"
#include "tidemill/telemetry/shared_series.h"

namespace tidemill {

/// What the series of a loaded model are labelled with.
struct VersionLabels {
  std::string model;
  std::uint32_t version = 0;
  Variant variant = Variant::kChampion;
  std::string digest;
  std::string engine;
};

/// 0.05, 0.10 ... 1.00: for a score that is a probability.
std::vector<double> ProbabilityBoundaries();

/// At most 20 boundaries from the edges of a score's baseline, for a
/// regression; without edges, decades from 0.001 to 1e6.
std::vector<double> ScoreBoundaries(const Baseline& score);

/// The series of one loaded model version in one role; made by
/// ServiceMetrics::ForVersion. They are exported while it lives: whoever holds
/// the model holds this, so a swap takes the old version's series away.
/// Threads: workers write through a VersionRecorder each.
class VersionMetrics {
 public:
  struct Families {
    std::shared_ptr<SharedSeries<prometheus::Histogram>> latency;
    std::shared_ptr<SharedSeries<prometheus::Histogram>> score;
    std::shared_ptr<SharedSeries<prometheus::Gauge>> info;
    std::shared_ptr<SharedSeries<prometheus::Gauge>> loaded;
    std::shared_ptr<SharedSeries<prometheus::Counter>> events;
  };
  VersionMetrics(const Families& families, const std::string& service,
                 const VersionLabels& labels,
                 const std::vector<double>& score_boundaries, WallTime loaded,
                 DriftCountsPtr drift);

  prometheus::Histogram& latency() const { return *latency_; }
  prometheus::Histogram& score() const { return *score_; }
  prometheus::Counter& scored() const { return *scored_; }
  prometheus::Counter& dead_letters() const { return *dead_letters_; }
  /// Shared by all roles of the version; null when drift is not watched.
  const DriftCountsPtr& drift() const { return drift_; }

 private:
  HeldSeries<prometheus::Histogram> latency_;
  HeldSeries<prometheus::Histogram> score_;
  HeldSeries<prometheus::Gauge> info_;
  HeldSeries<prometheus::Gauge> loaded_;
  HeldSeries<prometheus::Counter> scored_;
  HeldSeries<prometheus::Counter> dead_letters_;
  DriftCountsPtr drift_;
};

/// One worker's counts for one version. Keep it until the last delivery report
/// of what the version scored is in.
/// Memory:  does not allocate after construction.
/// Threads: one at a time.
class VersionRecorder {
 public:
  explicit VersionRecorder(std::shared_ptr<const VersionMetrics> version);
  /// Publishes what is left.
  ~VersionRecorder();
  VersionRecorder(const VersionRecorder&) = delete;
  VersionRecorder& operator=(const VersionRecorder&) = delete;

  void ObserveScore(double score) { score_.Observe(score); }
  /// From the record's timestamp to its delivery report; a negative one (a
  /// producer's clock ahead of ours) counts as 0.
  void ObserveLatency(std::chrono::microseconds latency);

  /// Whether the inputs of this record are counted for drift.
  bool Samples(std::int32_t partition, std::int64_t offset) const {
    return drift_ && drift_->counts().Samples(partition, offset);
  }
  /// Of rows that Samples() chose, each once: what Discard() forgets must be
  /// counted again when it is read again. See DriftCounter::Count.
  void CountInputs(const EventBatch& batch, const RowMatrix& features,
                   std::span<const double> scores,
                   std::span<const std::uint32_t> rows);

  /// How an event that this version was chosen for ended.
  void CountScored() { ++scored_; }
  void CountDeadLetter() { ++dead_letters_; }

  /// Once per batch.
  void Publish();
  /// The batch was aborted and will be read again: forgets it.
  void Discard();

 private:
  std::shared_ptr<const VersionMetrics> version_;  ///< outlives the histograms
  LocalHistogram latency_;
  LocalHistogram score_;
  std::size_t scored_ = 0;
  std::size_t dead_letters_ = 0;
  std::optional<DriftCounter> drift_;
};

}  // namespace tidemill
