#pragma once

#include <cstddef>
#include <vector>

#include <prometheus/histogram.h>

namespace tidemill {

/// Counts for one prometheus histogram without its mutex: a worker observes
/// per event and publishes per batch.
///
/// Boundaries: the target's, so the two can never differ; at least one.
/// Memory:     two arrays as long as the boundaries, taken when built.
/// Threads:    one at a time; any number of them may share a target.
class LocalHistogram {
 public:
  /// `target` must outlive this.
  explicit LocalHistogram(prometheus::Histogram& target);

  /// Counts `value` in the first bucket whose boundary is not below it. Leaves
  /// out NaN and infinities: one of them would spoil the sum for good.
  void Observe(double value);

  /// Adds what was observed to the target, in one call, and starts anew.
  void Publish();
  /// Forgets what was observed since the last Publish().
  void Discard();

  /// Observed and not yet published.
  std::size_t count() const { return count_; }

 private:
  prometheus::Histogram* target_;
  std::vector<double> boundaries_;
  std::vector<double> increments_;  ///< per bucket; the last one is +Inf
  double sum_ = 0.0;
  std::size_t count_ = 0;
};

}  // namespace tidemill
