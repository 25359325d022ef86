#include "tidemill/rollout/champion_comparison.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {
namespace {

using Counts = std::span<const std::uint64_t>;

std::uint64_t Sum(Counts counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::size_t NumBins(const VersionCounts& counts) {
  return counts.score_edges().size() + 1;
}

}  // namespace

/// A champion and a challenger, and their scores of the same time.
struct ChampionComparison::Pair {
  Pair(VersionCountsPtr of_champion, VersionCountsPtr of_challenger,
       DriftWindowSize size, SteadyTime now)
      : champion(std::move(of_champion)),
        challenger(std::move(of_challenger)),
        start(Totals()),
        window(size, start.size(), now) {}

  /// The champion's bins, then the challenger's.
  std::vector<std::uint64_t> Totals() const {
    std::vector<std::uint64_t> totals = champion->Read().score_bins;
    const std::vector<std::uint64_t> more = challenger->Read().score_bins;
    totals.insert(totals.end(), more.begin(), more.end());
    return totals;
  }
  Counts OfChampion(Counts totals) const {
    return totals.first(NumBins(*champion));
  }
  Counts OfChallenger(Counts totals) const {
    return totals.subspan(NumBins(*champion));
  }
  /// Of the side that has fewer.
  std::uint64_t Events(Counts totals) const {
    return std::min(Sum(OfChampion(totals)), Sum(OfChallenger(totals)));
  }

  void Update(SteadyTime now) {
    std::vector<std::uint64_t> totals = Totals();
    for (std::size_t i = 0; i < totals.size(); ++i) totals[i] -= start[i];
    window.Update(now, Events(totals), totals);
  }

  void Publish() const {
    const Counts counts = window.counts();
    const std::uint64_t events = Events(counts);
    const Counts ours = OfChallenger(counts);
    const Counts champions = OfChampion(counts);
    std::optional<double> psi;
    // A regression without a score baseline has one bin: nothing to tell by.
    if (events > 0 && ours.size() > 1 && ours.size() == champions.size()) {
      psi = Psi(ours, champions);
    }
    metrics->Set(psi, events);
  }

  VersionCountsPtr champion;
  VersionCountsPtr challenger;
  std::vector<std::uint64_t> start;  ///< totals when the pair came together
  DriftWindow window;
  std::unique_ptr<ChallengerMetrics> metrics;
};

ChampionComparison::ChampionComparison(const ServiceMetrics& metrics,
                                       DriftWindowSize window)
    : metrics_(metrics), window_(window) {}

ChampionComparison::~ChampionComparison() = default;

void ChampionComparison::Update(const ModelSet* models, SteadyTime now) {
  // Those that are served no more go when this does, with their series.
  std::vector<std::unique_ptr<Pair>> before = std::move(pairs_);
  pairs_.clear();
  if (models == nullptr) return;
  for (const CanaryModel& canary : models->canaries) {
    Follow(models->champion, canary.served, before, now);
  }
  for (const ServedModel& shadow : models->shadows) {
    Follow(models->champion, shadow, before, now);
  }
}

void ChampionComparison::Follow(const ServedModel& champion,
                                const ServedModel& challenger,
                                std::vector<std::unique_ptr<Pair>>& before,
                                SteadyTime now) {
  const auto same = std::ranges::find_if(before, [&](const auto& pair) {
    return pair != nullptr && pair->champion == champion.counts &&
           pair->challenger == challenger.counts;
  });
  std::unique_ptr<Pair> pair;
  if (same != before.end()) {
    pair = std::move(*same);
  } else {
    pair = std::make_unique<Pair>(champion.counts, challenger.counts, window_,
                                  now);
    pair->metrics =
        metrics_.ForChallenger({.model = challenger.model->manifest().name,
                                .version = challenger.model->version(),
                                .variant = challenger.variant,
                                .digest = challenger.model->sha256(),
                                .engine = {}});
  }
  pair->Update(now);
  pair->Publish();
  pairs_.push_back(std::move(pair));
}

}  // namespace tidemill
