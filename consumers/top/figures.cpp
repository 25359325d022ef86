#include "consumers/top/figures.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tidemill {
namespace {

using Answer = InstanceAnswer;

void Raise(std::optional<double>& greatest, std::optional<double> value) {
  if (value) greatest = std::max(greatest.value_or(*value), *value);
}

void AddTo(std::optional<double>& sum, std::optional<double> value) {
  if (value) sum = sum.value_or(0.0) + *value;
}

double DeadLettersOf(const InstanceChange& change) {
  double sum = 0.0;
  for (const auto& [reason, count] : change.dead_letters) sum += count;
  return sum;
}

/// What is waited for: a shadow's predictions are not.
CumulatedBuckets LatencyOf(const InstanceChange& change) {
  CumulatedBuckets sum;
  for (const auto& [name, variant] : change.variants) {
    if (name.variant != "shadow") AddBuckets(variant.latency, sum);
  }
  return sum;
}

void SetLatency(const CumulatedBuckets& buckets, TrafficFigures& traffic) {
  traffic.latency_p50 = QuantileOf(buckets, 0.5);
  traffic.latency_p99 = QuantileOf(buckets, 0.99);
}

TrafficFigures TrafficOf(const InstanceChange& change) {
  TrafficFigures traffic{
      .events_per_second = change.events / change.seconds,
      .failed_per_second = change.failed / change.seconds,
      .client_errors_per_second = change.client_errors / change.seconds,
      .dead_letters_per_second = DeadLettersOf(change) / change.seconds,
      .latency_p50 = {},
      .latency_p99 = {}};
  SetLatency(LatencyOf(change), traffic);
  return traffic;
}

std::string ChampionOf(const InstanceReading& reading) {
  std::vector<std::string> champions;
  for (const auto& [name, variant] : reading.variants) {
    if (name.variant == "champion" && !variant.digest.empty()) {
      // Files that were never registered all have version 0.
      champions.push_back(
          name.model + "@" + name.version +
          (name.version == "0" ? "/" + variant.digest.substr(0, 8) : ""));
    }
  }
  return fmt::format("{}", fmt::join(champions, ","));
}

void Describe(const Answer& answer, InstanceFigures& figures) {
  const InstanceReading& reading = *answer.reading;
  figures.service = reading.service;
  figures.build = reading.build;
  figures.champion = ChampionOf(reading);
  if (reading.ready) figures.ready = *reading.ready > 0.0;
  figures.time_lag = reading.time_lag;
  figures.lag_records = reading.lag_records;
  figures.unusable = reading.unusable;
  if (!answer.change) return;
  figures.seconds = answer.change->seconds;
  figures.traffic = TrafficOf(*answer.change);
}

SumFigures SumOf(const std::vector<Answer>& answers) {
  SumFigures sum;
  CumulatedBuckets latency;
  for (const Answer& answer : answers) {
    ++sum.answering;
    if (answer.reading->ready.value_or(0.0) > 0.0) ++sum.ready;
    Raise(sum.time_lag, answer.reading->time_lag);
    AddTo(sum.lag_records, answer.reading->lag_records);
    for (const auto& [result, count] : answer.reading->swaps) {
      sum.swaps[result] += count;
    }
    if (!answer.change) continue;
    const TrafficFigures one = TrafficOf(*answer.change);
    AddTo(sum.traffic.events_per_second, one.events_per_second);
    AddTo(sum.traffic.failed_per_second, one.failed_per_second);
    AddTo(sum.traffic.client_errors_per_second, one.client_errors_per_second);
    AddTo(sum.traffic.dead_letters_per_second, one.dead_letters_per_second);
    AddBuckets(LatencyOf(*answer.change), latency);
  }
  SetLatency(latency, sum.traffic);
  return sum;
}

using VersionKey =
    std::tuple<std::string, std::string, std::string, std::string, std::string>;

/// Adds up the versions, one file and role each.
class VersionSums {
 public:
  void Add(const Answer& answer) {
    for (const auto& [name, variant] : answer.reading->variants) {
      Add(answer, name, variant);
    }
  }

  std::vector<VersionFigures> Take() {
    std::vector<VersionFigures> versions;
    for (auto& [key, version] : versions_) {
      const double all = answered_per_second_[version.service];
      if (version.events_per_second && version.variant != "shadow" &&
          all > 0.0) {
        version.share = *version.events_per_second / all;
      }
      version.latency_p50 = QuantileOf(latencies_[key], 0.5);
      version.latency_p99 = QuantileOf(latencies_[key], 0.99);
      versions.push_back(std::move(version));
    }
    return versions;
  }

 private:
  void Add(const Answer& answer, const VariantName& name,
           const VariantReading& variant) {
    const std::string& service = answer.reading->service;
    const VersionKey key{service,
                         name.variant == "champion" ? "" : name.variant,
                         name.model, name.version, variant.digest};
    VersionFigures& version = versions_[key];
    version.service = service;
    version.model = name.model;
    version.version = name.version;
    version.digest = variant.digest;
    version.variant = name.variant;
    version.engine = variant.engine;
    version.instances.push_back(answer.name);
    version.scored += variant.scored;
    version.dead_letters += variant.dead_letters;
    Raise(version.score_psi, variant.score_psi);
    if (!answer.change) return;
    const InstanceChange::Variant& change = answer.change->variants.at(name);
    const double rate = change.events / answer.change->seconds;
    AddTo(version.events_per_second, rate);
    AddBuckets(change.latency, latencies_[key]);
    if (name.variant != "shadow") answered_per_second_[service] += rate;
  }

  std::map<VersionKey, VersionFigures> versions_;  ///< champions first
  std::map<VersionKey, CumulatedBuckets> latencies_;
  std::map<std::string, double> answered_per_second_;  ///< by service
};

std::vector<VersionFigures> VersionsOf(const std::vector<Answer>& answers) {
  VersionSums sums;
  for (const Answer& answer : answers) sums.Add(answer);
  return sums.Take();
}

std::vector<DeadLetterFigures> DeadLettersOf(
    const std::vector<Answer>& answers) {
  std::map<std::tuple<std::string, std::string, std::string>, DeadLetterFigures>
      sums;
  for (const Answer& answer : answers) {
    for (const auto& [reason, total] : answer.reading->dead_letters) {
      DeadLetterFigures& sum =
          sums[{answer.reading->service, reason.first, reason.second}];
      sum.service = answer.reading->service;
      std::tie(sum.stage, sum.reason) = reason;
      sum.total += total;
      if (answer.change) {
        AddTo(sum.per_second,
              answer.change->dead_letters.at(reason) / answer.change->seconds);
      }
    }
  }
  std::vector<DeadLetterFigures> sorted;
  for (auto& [key, sum] : sums) {
    if (sum.total > 0.0) sorted.push_back(std::move(sum));
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) {
                     return std::tuple(a.per_second, a.total) >
                            std::tuple(b.per_second, b.total);
                   });
  return sorted;
}

}  // namespace

TopTracker::TopTracker(std::vector<TopTarget> targets) {
  for (TopTarget& target : targets) {
    instances_.push_back(
        {.target = std::move(target), .last = {}, .drift = {}});
  }
}

std::optional<Answer> TopTracker::Accept(Instance& instance, Scrape scrape,
                                         InstanceFigures& figures) {
  figures.name = instance.target.name;
  figures.url = instance.target.url;
  figures.error = std::move(scrape.error);
  figures.bad_lines = scrape.bad_lines;
  figures.left_out = scrape.left_out;
  figures.complaints = std::move(scrape.complaints);
  if (!scrape.reading) return std::nullopt;
  const auto before = std::exchange(instance.last, std::move(scrape.reading));
  const InstanceReading& now = *instance.last;
  Answer answer{.name = figures.name, .reading = &now, .change = {}};
  if (before) answer.change = ChangeBetween(*before, now);
  instance.drift.Add(before ? &*before : nullptr, now,
                     before && HasRestarted(*before, now));
  Describe(answer, figures);
  return answer;
}

TopFigures TopTracker::Update(std::vector<Scrape> scrapes) {
  assert(scrapes.size() == instances_.size());
  TopFigures figures;
  std::vector<Answer> answers;
  std::vector<DriftInput> drift;
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    auto answer = Accept(instances_[i], std::move(scrapes[i]),
                         figures.instances.emplace_back());
    if (!answer) continue;
    drift.push_back({answer->name, answer->reading, &instances_[i].drift});
    answers.push_back(std::move(*answer));
  }
  figures.sum = SumOf(answers);
  figures.versions = VersionsOf(answers);
  figures.dead_letters = DeadLettersOf(answers);
  figures.drift = SumDrift(drift);
  return figures;
}

}  // namespace tidemill
