#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tidemill {

/// What guardrails look at, added up over a version's life in one role.
struct VersionTotals {
  std::uint64_t events = 0;  ///< scored or refused by this version
  std::uint64_t errors = 0;  ///< of them, refused in stage schema or later
  std::uint64_t cells = 0;  ///< input cells seen: events x schema fields but id
  std::uint64_t missing = 0;              ///< of them, missing
  std::vector<std::uint64_t> score_bins;  ///< see VersionCounts
  std::vector<std::uint64_t> time_bins;   ///< events by scoring time

  /// What came since an earlier reading.
  VersionTotals Since(const VersionTotals& earlier) const;
};

/// A version's counts in one role, shared by all workers of a process.
/// Memory:  fixed once built.
/// Threads: any number add and read; Read() may see half of an Add() that runs
///          beside it.
class VersionCounts {
 public:
  /// Scores fall into score_edges.size() + 1 bins: below the first edge,
  /// between two (the lower one included), at or above the last.
  explicit VersionCounts(std::vector<double> score_edges);

  /// One worker's share of a batch. `time` is how long the whole group took
  /// to be scored: each of its events waited that long.
  struct Batch {
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    std::uint64_t cells = 0;
    std::uint64_t missing = 0;
    std::chrono::nanoseconds time{0};
  };
  void Add(const Batch& batch);
  /// NaN is no score and falls into no bin.
  void AddScore(double score);

  VersionTotals Read() const;
  const std::vector<double>& score_edges() const { return score_edges_; }

  /// Upper bound of time bin i, included in it; rises by a factor of 1.05 from
  /// 10 us to 60 s, so a p99 is read at most 5 % too high. The last one is
  /// infinite.
  static double TimeBoundMs(std::size_t bin);
  static std::size_t num_time_bins();

 private:
  std::vector<double> score_edges_;
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> cells_{0};
  std::atomic<std::uint64_t> missing_{0};
  std::vector<std::atomic<std::uint64_t>> score_bins_;
  std::vector<std::atomic<std::uint64_t>> time_bins_;
};

using VersionCountsPtr = std::shared_ptr<VersionCounts>;

}  // namespace tidemill
