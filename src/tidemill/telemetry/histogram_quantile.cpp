#include "tidemill/telemetry/histogram_quantile.h"

#include <cmath>

namespace tidemill {

std::optional<double> HistogramQuantile(const CumulatedBuckets& buckets,
                                        double quantile) {
  if (buckets.empty() || buckets.rbegin()->second <= 0.0) return std::nullopt;
  const double rank = quantile * buckets.rbegin()->second;
  double lower = 0.0;
  double below = 0.0;
  for (const auto& [upper, count] : buckets) {
    if (count >= rank) {
      if (std::isinf(upper)) return lower;
      if (count <= below) return upper;
      return lower + (upper - lower) * (rank - below) / (count - below);
    }
    lower = upper;
    below = count;
  }
  return lower;
}

}  // namespace tidemill
