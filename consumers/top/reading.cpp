#include "consumers/top/reading.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "tidemill/core/number_text.h"
#include "tidemill/telemetry/drift_figures.h"

namespace tidemill {
namespace {

using Sample = MetricsSample;
using Reading = InstanceReading;

constexpr double kMaxCount = 9007199254740992.0;  // 2^53: whole numbers end

std::string Text(const Sample& sample, std::string_view label) {
  return std::string(sample.Label(label));
}

VariantName NameOf(const Sample& sample) {
  return {.model = Text(sample, "model"),
          .version = Text(sample, "version"),
          .variant = Text(sample, "variant")};
}

VariantReading& VariantOf(const Sample& sample, Reading& reading) {
  return reading.variants[NameOf(sample)];
}

/// A shadow's own series have no variant.
VariantReading& ShadowOf(const Sample& sample, Reading& reading) {
  VariantName name = NameOf(sample);
  name.variant = "shadow";
  return reading.variants[name];
}

DriftReading& DriftOf(const Sample& sample, Reading& reading) {
  return reading.drift[{Text(sample, "model"), Text(sample, "version")}];
}

DriftColumnReading& FeatureOf(const Sample& sample, Reading& reading) {
  return DriftOf(sample, reading)
      .columns[{.is_score = false, .feature = Text(sample, "feature")}];
}

DriftColumnReading& ScoreOf(const Sample& sample, Reading& reading) {
  return DriftOf(sample, reading).columns[{.is_score = true, .feature = {}}];
}

void SetLatency(const Sample& sample, Reading& reading) {
  const std::string_view text = sample.Label("le");
  double upper = HUGE_VAL;
  if (text != "+Inf") {
    const auto edge = ParseNumber<double>(text);
    if (!edge || !std::isfinite(*edge)) {
      ++reading.unusable;
      return;
    }
    upper = *edge;
  }
  VariantOf(sample, reading).latency[upper] = sample.value;
}

void SetVersionEvents(const Sample& sample, Reading& reading) {
  // A shadow's outcomes are counted in a family of its own.
  if (sample.Label("variant") == "shadow") return;
  VariantReading& variant = VariantOf(sample, reading);
  (sample.Label("outcome") == "scored" ? variant.scored
                                       : variant.dead_letters) = sample.value;
}

void SetShadowEvents(const Sample& sample, Reading& reading) {
  VariantReading& variant = ShadowOf(sample, reading);
  if (sample.Label("outcome") == "scored") variant.scored = sample.value;
  if (sample.Label("outcome") == "failed") variant.dead_letters = sample.value;
}

void SetModel(const Sample& sample, Reading& reading) {
  VariantReading& variant = VariantOf(sample, reading);
  variant.digest = Text(sample, "digest");
  variant.engine = Text(sample, "engine");
}

struct Family {
  bool counter;
  void (*set)(const Sample&, Reading&);
};

// By the series' name.
const std::map<std::string_view, Family>& Families() {
  static const std::map<std::string_view, Family> kFamilies = {
      {"process_start_time_seconds",
       {false, [](const Sample& s, Reading& r) { r.start_time = s.value; }}},
      {"tidemill_ready",
       {false, [](const Sample& s, Reading& r) { r.ready = s.value; }}},
      {"tidemill_build_info",
       {false,
        [](const Sample& s, Reading& r) { r.build = Text(s, "version"); }}},
      {"tidemill_events_total",
       {true, [](const Sample& s,
                 Reading& r) { r.outcomes[Text(s, "outcome")] = s.value; }}},
      {"tidemill_dead_letters_total",
       {true,
        [](const Sample& s, Reading& r) {
          r.dead_letters[{Text(s, "stage"), Text(s, "reason")}] = s.value;
        }}},
      {"tidemill_kafka_time_lag_seconds",
       {false,
        [](const Sample& s, Reading& r) {
          r.time_lag = std::max(r.time_lag.value_or(0.0), s.value);
        }}},
      {"tidemill_kafka_consumer_lag_records",
       {true,
        [](const Sample& s, Reading& r) {
          r.lag_records = r.lag_records.value_or(0.0) + s.value;
        }}},
      {"tidemill_kafka_client_errors_total",
       {true, [](const Sample& s, Reading& r) { r.client_errors += s.value; }}},
      {"tidemill_model_swaps_total",
       {true, [](const Sample& s,
                 Reading& r) { r.swaps[Text(s, "result")] = s.value; }}},
      {"tidemill_model_info", {false, SetModel}},
      {"tidemill_version_events_total", {true, SetVersionEvents}},
      {"tidemill_shadow_events_total", {true, SetShadowEvents}},
      {"tidemill_end_to_end_latency_seconds_bucket", {true, SetLatency}},
      {"tidemill_challenger_score_psi",
       {false, [](const Sample& s,
                  Reading& r) { VariantOf(s, r).score_psi = s.value; }}},
      {"tidemill_feature_bin_total",
       {true,
        [](const Sample& s, Reading& r) {
          FeatureOf(s, r).counts[Text(s, "bin")] = s.value;
        }}},
      {"tidemill_feature_baseline_ratio",
       {true,
        [](const Sample& s, Reading& r) {
          FeatureOf(s, r).baseline[Text(s, "bin")] = s.value;
        }}},
      {"tidemill_score_bin_total",
       {true,
        [](const Sample& s, Reading& r) {
          ScoreOf(s, r).counts[Text(s, "bin")] = s.value;
        }}},
      {"tidemill_score_baseline_ratio",
       {true,
        [](const Sample& s, Reading& r) {
          ScoreOf(s, r).baseline[Text(s, "bin")] = s.value;
        }}},
      {"tidemill_score_psi",
       {false,
        [](const Sample& s, Reading& r) {
          ScoreOf(s, r).gauges["score_psi"] = s.value;
        }}},
      {"tidemill_drift_window_events",
       {true, [](const Sample& s,
                 Reading& r) { DriftOf(s, r).window_events = s.value; }}},
      {"tidemill_drift_window_seconds",
       {true, [](const Sample& s,
                 Reading& r) { DriftOf(s, r).window_seconds = s.value; }}},
      {"tidemill_drift_baseline_rows",
       {true, [](const Sample& s,
                 Reading& r) { DriftOf(s, r).baseline_rows = s.value; }}},
      {"tidemill_drift_threshold",
       {true,
        [](const Sample& s, Reading& r) {
          r.thresholds[Text(s, "statistic")] = s.value;
        }}},
      {"tidemill_drift_min_events",
       {true, [](const Sample& s, Reading& r) { r.min_events = s.value; }}},
      {"tidemill_drift_sample_ratio",
       {true, [](const Sample& s, Reading& r) { r.sample_ratio = s.value; }}},
  };
  return kFamilies;
}

/// The statistic that a series like tidemill_feature_psi is of; empty when it
/// is none.
std::string_view FeatureStatistic(std::string_view name) {
  constexpr std::string_view kPrefix = "tidemill_feature_";
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  const auto known =
      std::ranges::find(kDriftFigures, name, &NamedDriftFigure::name);
  return known == kDriftFigures.end() ? std::string_view() : known->name;
}

bool IsUsable(double value, bool counter) {
  return std::isfinite(value) &&
         (!counter || (value >= 0.0 && value <= kMaxCount));
}

bool IsOfService(const Sample& sample, Reading& reading) {
  const std::string_view service = sample.Label("service");
  if (reading.service.empty()) reading.service = service;
  return service.empty() || service == reading.service;
}

void Add(const Sample& sample, Reading& reading) {
  const std::string_view statistic = FeatureStatistic(sample.name);
  const auto family = Families().find(sample.name);
  if (statistic.empty() && family == Families().end()) return;
  const bool counter = statistic.empty() && family->second.counter;
  if (!IsOfService(sample, reading) || !IsUsable(sample.value, counter)) {
    ++reading.unusable;
  } else if (statistic.empty()) {
    family->second.set(sample, reading);
  } else {
    FeatureOf(sample, reading).gauges[std::string(statistic)] = sample.value;
  }
}

}  // namespace

std::string InstanceReading::DigestOf(const VersionName& version) const {
  std::set<std::string> digests;
  for (const auto& [name, variant] : variants) {
    if (name.model != version.first || name.version != version.second) continue;
    if (!variant.digest.empty()) digests.insert(variant.digest);
  }
  return fmt::format("{}", fmt::join(digests, "+"));
}

InstanceReading ReadInstance(const std::vector<MetricsSample>& samples,
                             SteadyTime time) {
  InstanceReading reading;
  reading.time = time;
  for (const MetricsSample& sample : samples) {
    if (sample.name.starts_with("tidemill_")) ++reading.series;
    Add(sample, reading);
  }
  return reading;
}

}  // namespace tidemill
