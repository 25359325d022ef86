#include "tidemill/telemetry/recent_figures.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <prometheus/metric_family.h>

#include "tidemill/telemetry/histogram_quantile.h"

namespace tidemill {
namespace {

struct VersionKey {
  std::string variant;
  std::string model;
  std::uint32_t version = 0;
  friend auto operator<=>(const VersionKey&, const VersionKey&) = default;
};

int RankOf(std::string_view variant) {
  if (variant == "champion") return 0;
  return variant == "canary" ? 1 : 2;
}

struct VersionReading {
  std::string digest;
  double scored = 0.0;
  double dead_letters = 0.0;
  CumulatedBuckets latency;

  double events() const { return scored + dead_letters; }
};

using Metric = prometheus::ClientMetric;

std::string_view LabelOf(const Metric& metric, std::string_view name) {
  for (const auto& label : metric.label) {
    if (label.name == name) return label.value;
  }
  return {};
}

/// A shadow's own series have no variant.
VersionKey KeyOf(const Metric& metric, std::string_view variant) {
  VersionKey key{.variant = std::string(variant),
                 .model = std::string(LabelOf(metric, "model"))};
  const std::string_view version = LabelOf(metric, "version");
  std::from_chars(version.data(), version.data() + version.size(), key.version);
  return key;
}

/// What `now` counted since `before`; a counter that fell has begun anew.
double Increase(double now, double before) {
  return now < before ? now : now - before;
}

double PerSecond(double events, SteadyTime from, SteadyTime to) {
  const double seconds = std::chrono::duration<double>(to - from).count();
  return seconds > 0.0 ? events / seconds : 0.0;
}

void AddIncrease(const CumulatedBuckets& now, const CumulatedBuckets& before,
                 CumulatedBuckets& sum) {
  const bool anew = !before.empty() && !now.empty() &&
                    now.rbegin()->second < before.rbegin()->second;
  for (const auto& [upper, count] : now) {
    const auto old = before.find(upper);
    sum[upper] += count - (anew || old == before.end() ? 0.0 : old->second);
  }
}

}  // namespace

struct RecentReadings::Reading {
  using Readings = std::deque<std::shared_ptr<const Reading>>;

  SteadyTime time;
  double scored = 0.0;
  double dead_letters = 0.0;
  double failed = 0.0;
  std::optional<double> time_lag;
  std::optional<double> lag_records;
  std::map<VersionKey, VersionReading> versions;

  double events() const { return scored + dead_letters + failed; }

  void Add(const std::string& family, const Metric& metric);
  void AddVersion(const std::string& family, const Metric& metric);
  void SetTotals(RecentFigures& figures) const;
  static RecentVersion VersionSince(const Readings& readings, std::size_t first,
                                    const VersionKey& key,
                                    CumulatedBuckets& all_latencies);
};

void RecentReadings::Reading::Add(const std::string& family,
                                  const Metric& metric) {
  if (family == "tidemill_events_total") {
    const std::string_view outcome = LabelOf(metric, "outcome");
    const double value = metric.counter.value;
    if (outcome == ToText(Outcome::kScored)) scored = value;
    if (outcome == ToText(Outcome::kDeadLetter)) dead_letters = value;
    if (outcome == ToText(Outcome::kFailed)) failed = value;
  } else if (family == "tidemill_kafka_time_lag_seconds") {
    time_lag = std::max(time_lag.value_or(0.0), metric.gauge.value);
  } else if (family == "tidemill_kafka_consumer_lag_records") {
    lag_records = lag_records.value_or(0.0) + metric.gauge.value;
  } else {
    AddVersion(family, metric);
  }
}

void RecentReadings::Reading::AddVersion(const std::string& family,
                                         const Metric& metric) {
  const std::string_view variant = LabelOf(metric, "variant");
  const std::string_view outcome = LabelOf(metric, "outcome");
  if (family == "tidemill_model_info") {
    versions[KeyOf(metric, variant)].digest = LabelOf(metric, "digest");
  } else if (family == "tidemill_end_to_end_latency_seconds") {
    CumulatedBuckets& latency = versions[KeyOf(metric, variant)].latency;
    for (const auto& bucket : metric.histogram.bucket) {
      latency[bucket.upper_bound] =
          static_cast<double>(bucket.cumulative_count);
    }
  } else if (family == "tidemill_version_events_total" && variant != "shadow") {
    VersionReading& version = versions[KeyOf(metric, variant)];
    (outcome == "scored" ? version.scored : version.dead_letters) =
        metric.counter.value;
  } else if (family == "tidemill_shadow_events_total") {
    // A shadow's outcomes are counted here and nowhere else.
    VersionReading& version = versions[KeyOf(metric, "shadow")];
    if (outcome == "scored") version.scored = metric.counter.value;
    if (outcome == "failed") version.dead_letters = metric.counter.value;
  }
}

void RecentReadings::Take(const ServiceMetrics& metrics, SteadyTime now) {
  const auto reading = std::make_shared<Reading>();
  reading->time = now;
  for (const auto& family : metrics.registry()->Collect()) {
    for (const Metric& metric : family.metric) {
      if (LabelOf(metric, "service") == metrics.service()) {
        reading->Add(family.name, metric);
      }
    }
  }
  const std::lock_guard lock(mutex_);
  readings_.push_back(reading);
  if (readings_.size() > kHistory + 1) readings_.pop_front();
}

/// Since readings[first], which is the base of all rates.
RecentVersion RecentReadings::Reading::VersionSince(
    const Readings& readings, std::size_t first, const VersionKey& key,
    CumulatedBuckets& all_latencies) {
  // A version that came later is seen from the reading before it.
  std::size_t since = first;
  while (!readings[since]->versions.contains(key)) ++since;
  VersionReading before;
  if (since == first) {
    before = readings[first]->versions.at(key);
  } else {
    --since;
  }

  const Reading& last = *readings.back();
  const VersionReading& now = last.versions.at(key);
  CumulatedBuckets latency;
  AddIncrease(now.latency, before.latency, latency);
  // Nobody waits for a shadow.
  if (key.variant != ToText(Variant::kShadow)) {
    AddIncrease(latency, {}, all_latencies);
  }
  return {
      .model = key.model,
      .version = key.version,
      .variant = key.variant,
      .digest = now.digest,
      .scored = static_cast<std::uint64_t>(now.scored),
      .dead_letters = static_cast<std::uint64_t>(now.dead_letters),
      .events_per_second = PerSecond(Increase(now.events(), before.events()),
                                     readings[since]->time, last.time),
      .latency_p50 = HistogramQuantile(latency, 0.5),
      .latency_p99 = HistogramQuantile(latency, 0.99)};
}

void RecentReadings::Reading::SetTotals(RecentFigures& figures) const {
  figures.scored = static_cast<std::uint64_t>(scored);
  figures.dead_letters = static_cast<std::uint64_t>(dead_letters);
  figures.failed = static_cast<std::uint64_t>(failed);
  figures.time_lag = time_lag;
  if (lag_records) {
    figures.lag_records = static_cast<std::uint64_t>(*lag_records);
  }
}

RecentFigures RecentReadings::Read() const {
  Reading::Readings readings;
  {
    const std::lock_guard lock(mutex_);
    readings = readings_;
  }
  RecentFigures figures;
  if (readings.empty()) return figures;
  const Reading& last = *readings.back();
  last.SetTotals(figures);
  for (std::size_t i = 1; i < readings.size(); ++i) {
    const Reading& from = *readings[i - 1];
    const Reading& to = *readings[i];
    figures.history.push_back(
        PerSecond(Increase(to.events(), from.events()), from.time, to.time));
  }

  // The newest reading that is kSpan old, else the oldest.
  std::size_t first = 0;
  while (first + 1 < readings.size() &&
         readings[first + 1]->time <= last.time - kSpan) {
    ++first;
  }
  const Reading& base = *readings[first];
  figures.events_per_second =
      PerSecond(Increase(last.events(), base.events()), base.time, last.time);
  figures.dead_letters_per_second = PerSecond(
      Increase(last.dead_letters, base.dead_letters), base.time, last.time);

  CumulatedBuckets latency;
  for (const auto& [key, version] : last.versions) {
    figures.versions.push_back(
        Reading::VersionSince(readings, first, key, latency));
  }
  std::ranges::stable_sort(figures.versions, {}, [](const RecentVersion& v) {
    return RankOf(v.variant);
  });
  figures.latency_p50 = HistogramQuantile(latency, 0.5);
  figures.latency_p99 = HistogramQuantile(latency, 0.99);
  return figures;
}

}  // namespace tidemill
