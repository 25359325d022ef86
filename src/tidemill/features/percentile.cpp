#include "tidemill/features/percentile.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace tidemill {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double> SortedPresent(std::span<const double> values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](double value) { return !std::isnan(value); });
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double Quantile(std::span<const double> sorted, double fraction) {
  assert(fraction >= 0.0 && fraction <= 1.0);
  if (sorted.empty()) return kNone;
  const double place = static_cast<double>(sorted.size() - 1) * fraction;
  const double floor = std::floor(place);
  const auto below = static_cast<std::size_t>(floor);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double a = sorted[below];
  const double b = sorted[below + 1];
  const double t = place - floor;
  // From the nearer end, so that t = 1 gives b itself.
  return t >= 0.5 ? b - (b - a) * (1.0 - t) : a + (b - a) * t;
}

double Median(std::span<const double> sorted) {
  if (sorted.empty()) return kNone;
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2.0;
}

}  // namespace tidemill
