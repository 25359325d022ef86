#include "tidemill/rollout/version_counts.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace tidemill {
namespace {

constexpr double kFirstBoundMs = 0.01;
constexpr double kFactor = 1.05;
/// 0.01 ms x 1.05^320 is 60.4 s.
constexpr std::size_t kFiniteBins = 321;

constexpr std::array<double, kFiniteBins + 1> TimeBounds() {
  std::array<double, kFiniteBins + 1> bounds{};
  double bound = kFirstBoundMs;
  for (std::size_t i = 0; i < kFiniteBins; ++i) {
    bounds[i] = bound;
    bound *= kFactor;
  }
  bounds[kFiniteBins] = std::numeric_limits<double>::infinity();
  return bounds;
}

constexpr std::array<double, kFiniteBins + 1> kTimeBoundsMs = TimeBounds();

std::size_t TimeBin(std::chrono::nanoseconds time) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  return static_cast<std::size_t>(
      std::lower_bound(kTimeBoundsMs.begin(), kTimeBoundsMs.end(), ms) -
      kTimeBoundsMs.begin());
}

void AddTo(std::atomic<std::uint64_t>& counter, std::uint64_t value) {
  if (value != 0) counter.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Load(const std::atomic<std::uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

std::vector<std::uint64_t> LoadAll(
    const std::vector<std::atomic<std::uint64_t>>& counters) {
  std::vector<std::uint64_t> values;
  values.reserve(counters.size());
  for (const auto& counter : counters) values.push_back(Load(counter));
  return values;
}

std::vector<std::uint64_t> Minus(std::vector<std::uint64_t> now,
                                 const std::vector<std::uint64_t>& earlier) {
  assert(earlier.empty() || earlier.size() == now.size());
  for (std::size_t i = 0; i < std::min(now.size(), earlier.size()); ++i) {
    now[i] -= earlier[i];
  }
  return now;
}

}  // namespace

VersionTotals VersionTotals::Since(const VersionTotals& earlier) const {
  return {.events = events - earlier.events,
          .errors = errors - earlier.errors,
          .cells = cells - earlier.cells,
          .missing = missing - earlier.missing,
          .score_bins = Minus(score_bins, earlier.score_bins),
          .time_bins = Minus(time_bins, earlier.time_bins)};
}

VersionCounts::VersionCounts(std::vector<double> score_edges)
    : score_edges_(std::move(score_edges)),
      score_bins_(score_edges_.size() + 1),
      time_bins_(kTimeBoundsMs.size()) {
  assert(std::is_sorted(score_edges_.begin(), score_edges_.end()));
}

void VersionCounts::Add(const Batch& batch) {
  AddTo(events_, batch.events);
  AddTo(errors_, batch.errors);
  AddTo(cells_, batch.cells);
  AddTo(missing_, batch.missing);
  AddTo(time_bins_[TimeBin(batch.time)], batch.events);
}

void VersionCounts::AddScore(double score) {
  if (std::isnan(score)) return;
  const auto above =
      std::upper_bound(score_edges_.begin(), score_edges_.end(), score);
  AddTo(score_bins_[static_cast<std::size_t>(above - score_edges_.begin())], 1);
}

VersionTotals VersionCounts::Read() const {
  return {.events = Load(events_),
          .errors = Load(errors_),
          .cells = Load(cells_),
          .missing = Load(missing_),
          .score_bins = LoadAll(score_bins_),
          .time_bins = LoadAll(time_bins_)};
}

double VersionCounts::TimeBoundMs(std::size_t bin) {
  assert(bin < kTimeBoundsMs.size());
  return kTimeBoundsMs[bin];
}

std::size_t VersionCounts::num_time_bins() { return kTimeBoundsMs.size(); }

}  // namespace tidemill
