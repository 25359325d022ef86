#include "tidemill/rollout/guardrail.h"

#include <algorithm>
#include <numeric>

#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {
namespace {

std::uint64_t Sum(const std::vector<std::uint64_t>& bins) {
  return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0});
}

double Ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

/// What the window judges: a limit, and whether it is broken.
class Window {
 public:
  Window(const Guardrails& guardrails, const VersionTotals& seen,
         const VersionTotals& reference)
      : guardrails_(guardrails), seen_(seen), reference_(reference) {}

  std::optional<Breach> Errors() const {
    const std::optional<double>& limit = guardrails_.max_error_ratio;
    if (!limit) return std::nullopt;
    const double others = Ratio(reference_.errors, reference_.events);
    // Were every event still to come scored, the window would end with this.
    const std::uint64_t events = std::max(seen_.events, guardrails_.min_events);
    if (Ratio(seen_.errors, events) - others <= *limit) return std::nullopt;
    return Broken("max_error_ratio", *limit,
                  Ratio(seen_.errors, seen_.events) - others);
  }

  std::optional<Breach> P99() const {
    if (!IsFull(seen_)) return std::nullopt;
    return Above("max_p99_ms", guardrails_.max_p99_ms, P99Ms(seen_.time_bins));
  }

  std::optional<Breach> Scores() const {
    if (!IsFull(seen_) || !IsFull(reference_)) return std::nullopt;
    return Above("max_score_psi", guardrails_.max_score_psi,
                 Psi(seen_.score_bins, reference_.score_bins));
  }

  std::optional<Breach> Missing() const {
    if (!IsFull(seen_)) return std::nullopt;
    return Above("max_missing_ratio", guardrails_.max_missing_ratio,
                 Ratio(seen_.missing, seen_.cells));
  }

 private:
  bool IsFull(const VersionTotals& totals) const {
    return totals.events >= guardrails_.min_events;
  }

  std::optional<Breach> Above(const char* rule,
                              const std::optional<double>& limit,
                              double found) const {
    if (!limit || found <= *limit) return std::nullopt;
    return Broken(rule, *limit, found);
  }

  Breach Broken(const char* rule, double limit, double found) const {
    return {.rule = rule,
            .limit = limit,
            .found = found,
            .events = seen_.events,
            .reference_events = reference_.events};
  }

  const Guardrails& guardrails_;
  const VersionTotals& seen_;
  const VersionTotals& reference_;
};

}  // namespace

double P99Ms(const std::vector<std::uint64_t>& time_bins) {
  const std::uint64_t total = Sum(time_bins);
  if (total == 0) return 0.0;
  const std::uint64_t rank = total - total / 100;  // 0.99 of all, rounded up
  std::uint64_t seen = 0;
  std::size_t bin = 0;
  while ((seen += time_bins[bin]) < rank) ++bin;
  return VersionCounts::TimeBoundMs(bin);
}

std::optional<Breach> Judge(const Guardrails& guardrails,
                            const VersionTotals& seen,
                            const VersionTotals& reference) {
  const Window window(guardrails, seen, reference);
  if (auto breach = window.Errors()) return breach;
  if (auto breach = window.P99()) return breach;
  if (auto breach = window.Scores()) return breach;
  return window.Missing();
}

}  // namespace tidemill
