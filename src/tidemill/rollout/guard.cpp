#include "tidemill/rollout/guard.h"

#include <algorithm>
#include <utility>

namespace tidemill {

void Guard::Watch(const ModelSet& models,
                  const std::optional<Guardrails>& guardrails,
                  const std::optional<Probation>& probation) {
  // Counts of one champion and of the next cannot be subtracted.
  if (guardrails_ != guardrails || champion_ != models.champion.counts) {
    windows_.clear();
  }
  guardrails_ = guardrails;
  probation_ = probation;
  champion_ = models.champion.counts;
  std::vector<Window> windows;
  if (guardrails_) {
    for (const CanaryModel& canary : models.canaries) {
      Add(canary.served, windows);
    }
    for (const ServedModel& shadow : models.shadows) Add(shadow, windows);
    if (probation_) Add(models.champion, windows);
  }
  windows_ = std::move(windows);
}

void Guard::Add(const ServedModel& served, std::vector<Window>& windows) {
  const auto known = std::find_if(
      windows_.begin(), windows_.end(),
      [&](const Window& window) { return window.counts == served.counts; });
  if (known != windows_.end()) {
    windows.push_back(std::move(*known));
    return;
  }
  windows.push_back({.model = {.model = served.model->manifest().name,
                               .version = served.model->version()},
                     .variant = served.variant,
                     .counts = served.counts,
                     .start = served.counts->Read(),
                     .reference_start = champion_->Read()});
}

VersionTotals Guard::ReferenceOf(const Window& window) const {
  if (window.variant == Variant::kChampion) return probation_->reference;
  const VersionTotals all = champion_->Read();
  VersionTotals meanwhile = all.Since(window.reference_start);
  // A large canary leaves the champion too few events within one window.
  return meanwhile.events >= guardrails_->min_events ? meanwhile : all;
}

bool Guard::ProbationIsOver(const Window& window, SteadyTime now) const {
  return window.counts->Read().events >= guardrails_->probation_events ||
         now - probation_->since >= guardrails_->probation;
}

std::vector<Trip> Guard::Check(SteadyTime now) {
  std::vector<Trip> trips;
  for (Window& window : windows_) {
    if (window.tripped) continue;
    const VersionTotals totals = window.counts->Read();
    const VersionTotals seen = totals.Since(window.start);
    if (seen.events == 0) continue;
    if (std::optional<Breach> breach =
            Judge(*guardrails_, seen, ReferenceOf(window))) {
      window.tripped = true;
      trips.push_back({window.model, window.variant, *std::move(breach)});
    } else if (seen.events >= guardrails_->min_events) {
      window.start = totals;
      window.reference_start = champion_->Read();
    }
  }
  std::erase_if(windows_, [&](const Window& window) {
    return window.variant == Variant::kChampion && probation_ &&
           ProbationIsOver(window, now);
  });
  const bool champion_watched =
      std::any_of(windows_.begin(), windows_.end(), [](const Window& window) {
        return window.variant == Variant::kChampion;
      });
  if (!champion_watched) probation_.reset();
  return trips;
}

}  // namespace tidemill
