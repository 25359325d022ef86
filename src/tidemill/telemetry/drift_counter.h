#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/matrix.h"
#include "tidemill/telemetry/drift_layout.h"

namespace tidemill {

/// A version's counts, summed over the workers of this process.
/// Memory:  fixed once built.
/// Threads: any number add and read; a reading may see half of an Add() that
///          runs beside it.
class DriftCounts {
 public:
  /// `sample` is the share of events that is counted, above 0 to 1.
  DriftCounts(std::shared_ptr<const DriftLayout> layout, double sample);

  const DriftLayout& layout() const { return *layout_; }
  double sample() const { return sample_; }

  /// Whether this input record is one of the sample: a draw by its place, so
  /// that every replica, and a reader of the topic, draws the same ones, and no
  /// field can tell which. It is when Random(s).Uniform() of core/random.h is
  /// below sample(), with s = Random(partition).Next() + offset mod 2^64.
  bool Samples(std::int32_t partition, std::int64_t offset) const;

  /// `delta` has layout().num_slots() entries.
  void Add(std::uint64_t events, std::span<const std::uint32_t> delta);

  std::uint64_t events() const {
    return events_.load(std::memory_order_relaxed);
  }
  /// Overwrites `totals`, which becomes layout().num_slots() long.
  void Read(std::vector<std::uint64_t>& totals) const;

 private:
  std::shared_ptr<const DriftLayout> layout_;
  double sample_;
  std::atomic<std::uint64_t> events_{0};
  std::vector<std::atomic<std::uint64_t>> slots_;
};

using DriftCountsPtr = std::shared_ptr<DriftCounts>;

/// What one worker has counted and not yet published: less than 2^32 events.
/// Memory:  does not allocate after construction.
/// Threads: one at a time.
class DriftCounter {
 public:
  explicit DriftCounter(DriftCountsPtr counts);

  /// Counts these rows: their fields, features (used only when the layout has
  /// them; at least as many rows as the batch) and scores (by row). The batch
  /// has the layout's schema. A row is counted in every column.
  void Count(const EventBatch& batch, const RowMatrix& features,
             std::span<const double> scores,
             std::span<const std::uint32_t> rows);

  const DriftCounts& counts() const { return *counts_; }

  /// Once per batch, or per transaction that was committed.
  void Publish();
  /// The events will be read again: forgets them.
  void Discard();

 private:
  DriftCountsPtr counts_;
  std::uint64_t events_ = 0;
  std::vector<std::uint32_t> delta_;  ///< per slot of the layout
};

}  // namespace tidemill
