#include "tidemill/telemetry/local_histogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tidemill {

LocalHistogram::LocalHistogram(prometheus::Histogram& target)
    : target_(&target) {
  for (const auto& bucket : target.Collect().histogram.bucket) {
    if (std::isfinite(bucket.upper_bound)) {
      boundaries_.push_back(bucket.upper_bound);
    }
  }
  assert(!boundaries_.empty());
  increments_.resize(boundaries_.size() + 1);
}

void LocalHistogram::Observe(double value) {
  if (!std::isfinite(value)) return;
  // A binary search without branches: which way it turns is random for scores
  // and latencies, and each wrong guess costs more than the whole search.
  const double* base = boundaries_.data();
  std::size_t size = boundaries_.size();
  while (size > 1) {
    const std::size_t half = size / 2;
    base += base[half - 1] < value ? half : 0;
    size -= half;
  }
  const auto bucket = static_cast<std::size_t>(base - boundaries_.data()) +
                      (*base < value ? 1 : 0);
  increments_[bucket] += 1.0;
  sum_ += value;
  ++count_;
}

void LocalHistogram::Publish() {
  if (count_ == 0) return;
  target_->ObserveMultiple(increments_, sum_);
  Discard();
}

void LocalHistogram::Discard() {
  if (count_ == 0) return;
  std::ranges::fill(increments_, 0.0);
  sum_ = 0.0;
  count_ = 0;
}

}  // namespace tidemill
