#pragma once

#include <map>
#include <optional>

namespace tidemill {

/// Cumulated counts by upper bound, as a histogram is exported; the last bound
/// is infinite.
using CumulatedBuckets = std::map<double, double>;

/// Interpolated within the bucket, as PromQL's histogram_quantile does; beyond
/// the last finite bound, that bound. None without counts.
std::optional<double> HistogramQuantile(const CumulatedBuckets& buckets,
                                        double quantile);

}  // namespace tidemill
