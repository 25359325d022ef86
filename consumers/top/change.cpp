#include "consumers/top/change.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tidemill {
namespace {

double Increase(double before, double now) {
  return now < before ? now : now - before;
}

template <typename Key>
double Increase(const std::map<Key, double>& before, const Key& key,
                double now) {
  const auto old = before.find(key);
  return Increase(old == before.end() ? 0.0 : old->second, now);
}

/// A histogram's buckets begin anew together.
CumulatedBuckets Increase(const CumulatedBuckets& before,
                          const CumulatedBuckets& now) {
  const bool anew =
      std::any_of(before.begin(), before.end(), [&](const auto& bucket) {
        const auto found = now.find(bucket.first);
        return found == now.end() || found->second < bucket.second;
      });
  if (anew) return now;
  CumulatedBuckets increase;
  for (const auto& [upper, count] : now) {
    const auto old = before.find(upper);
    increase[upper] = count - (old == before.end() ? 0.0 : old->second);
  }
  return increase;
}

InstanceChange::Variant VariantChange(const VariantReading& before,
                                      const VariantReading& now) {
  const VariantReading old =
      before.digest == now.digest ? before : VariantReading{};
  return {.events = Increase(old.scored, now.scored) +
                    Increase(old.dead_letters, now.dead_letters),
          .latency = Increase(old.latency, now.latency)};
}

}  // namespace

bool HasRestarted(const InstanceReading& before, const InstanceReading& now) {
  return before.service != now.service || before.start_time != now.start_time;
}

std::optional<InstanceChange> ChangeBetween(const InstanceReading& before,
                                            const InstanceReading& now) {
  const double seconds =
      std::chrono::duration<double>(now.time - before.time).count();
  if (seconds <= 0.0) return std::nullopt;
  const InstanceReading old =
      HasRestarted(before, now) ? InstanceReading{} : before;
  InstanceChange change;
  change.seconds = seconds;
  for (const auto& [outcome, count] : now.outcomes) {
    const double increase = Increase(old.outcomes, outcome, count);
    change.events += increase;
    if (outcome == "failed") change.failed = increase;
  }
  for (const auto& [reason, count] : now.dead_letters) {
    change.dead_letters[reason] = Increase(old.dead_letters, reason, count);
  }
  change.client_errors = Increase(old.client_errors, now.client_errors);
  for (const auto& [name, variant] : now.variants) {
    const auto known = old.variants.find(name);
    change.variants[name] = VariantChange(
        known == old.variants.end() ? VariantReading{} : known->second,
        variant);
  }
  return change;
}

void AddBuckets(const CumulatedBuckets& buckets, CumulatedBuckets& sum) {
  for (const auto& [upper, count] : buckets) sum[upper] += count;
}

std::optional<double> QuantileOf(const CumulatedBuckets& buckets,
                                 double quantile) {
  if (buckets.empty() || !std::isinf(buckets.rbegin()->first)) {
    return std::nullopt;
  }
  CumulatedBuckets rising = buckets;
  double most = 0.0;
  for (auto& [upper, count] : rising) count = most = std::max(most, count);
  return HistogramQuantile(rising, quantile);
}

}  // namespace tidemill
