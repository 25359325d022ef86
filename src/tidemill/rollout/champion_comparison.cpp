#include "tidemill/rollout/champion_comparison.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {

/// A served version and its last scores.
struct ChampionComparison::Side {
  Side(VersionCountsPtr of, DriftWindowSize size, SteadyTime now)
      : counts(std::move(of)),
        window(size, counts->score_edges().size() + 1, now) {}

  void Update(SteadyTime now) {
    const std::vector<std::uint64_t> bins = counts->Read().score_bins;
    window.Update(
        now, std::accumulate(bins.begin(), bins.end(), std::uint64_t{0}), bins);
  }

  VersionCountsPtr counts;
  DriftWindow window;
  std::unique_ptr<ChallengerMetrics> metrics;  ///< of a challenger
};

ChampionComparison::ChampionComparison(const ServiceMetrics& metrics,
                                       DriftWindowSize window)
    : metrics_(metrics), window_(window) {}

ChampionComparison::~ChampionComparison() = default;

void ChampionComparison::Update(const ModelSet* models, SteadyTime now) {
  // Those that are served no more go when this does, with their series.
  std::vector<std::unique_ptr<Side>> before = std::move(sides_);
  sides_.clear();
  if (models == nullptr) return;
  Follow(models->champion, before, now);
  for (const CanaryModel& canary : models->canaries) {
    Follow(canary.served, before, now);
  }
  for (const ServedModel& shadow : models->shadows) {
    Follow(shadow, before, now);
  }
  const DriftWindow& champion = sides_.front()->window;
  for (const std::unique_ptr<Side>& side : sides_) {
    if (side->metrics != nullptr) Compare(*side, champion);
  }
}

void ChampionComparison::Follow(const ServedModel& served,
                                std::vector<std::unique_ptr<Side>>& before,
                                SteadyTime now) {
  const auto same = std::ranges::find_if(before, [&](const auto& side) {
    return side != nullptr && side->counts == served.counts;
  });
  std::unique_ptr<Side> side =
      same != before.end()
          ? std::move(*same)
          : std::make_unique<Side>(served.counts, window_, now);
  if (served.variant == Variant::kChampion) {
    side->metrics.reset();
  } else if (side->metrics == nullptr) {
    side->metrics =
        metrics_.ForChallenger({.model = served.model->manifest().name,
                                .version = served.model->version(),
                                .variant = served.variant,
                                .digest = served.model->sha256(),
                                .engine = {}});
  }
  side->Update(now);
  sides_.push_back(std::move(side));
}

void ChampionComparison::Compare(Side& challenger,
                                 const DriftWindow& champion) {
  const DriftWindow& window = challenger.window;
  const std::uint64_t events = std::min(window.events(), champion.events());
  std::optional<double> psi;
  const std::size_t bins = window.counts().size();
  // A regression without a score baseline has one bin: nothing to tell by.
  if (events > 0 && bins > 1 && bins == champion.counts().size()) {
    psi = Psi(window.counts(), champion.counts());
  }
  challenger.metrics->Set(psi, events);
}

}  // namespace tidemill
