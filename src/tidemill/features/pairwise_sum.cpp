#include "tidemill/features/pairwise_sum.h"

#include <array>
#include <cstddef>

namespace tidemill {

double PairwiseSum(std::span<const double> values) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kBlock = 128;
  const std::size_t n = values.size();
  if (n < kLanes) {
    // From -0.0, so that a sum of negative zeros keeps its sign.
    double sum = -0.0;
    for (const double value : values) sum += value;
    return n == 0 ? 0.0 : sum;
  }
  if (n > kBlock) {
    const std::size_t half = n / 2 - (n / 2) % kLanes;
    return PairwiseSum(values.first(half)) + PairwiseSum(values.subspan(half));
  }
  std::array<double, kLanes> r{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) r[lane] = values[lane];
  std::size_t i = kLanes;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      r[lane] += values[i + lane];
    }
  }
  double sum =
      ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < n; ++i) sum += values[i];
  return sum;
}

}  // namespace tidemill
