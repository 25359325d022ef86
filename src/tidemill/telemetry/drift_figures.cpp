#include "tidemill/telemetry/drift_figures.h"

#include <cassert>
#include <cmath>
#include <numeric>

#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {
namespace {

using Counts = std::span<const std::uint64_t>;

std::uint64_t Total(Counts counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// Over the bins of values that are there, in rising order.
void CompareInOrder(const DriftBins& bins, Counts counts,
                    DriftFigures& figures) {
  const Counts here = counts.first(bins.missing_bin());
  const Counts there = Counts(bins.baseline()).first(bins.missing_bin());
  if (Total(here) == 0 || Total(there) == 0) return;
  figures.ks = KolmogorovSmirnov(here, there);
  const double distance = Wasserstein(here, there, bins.positions());
  if (std::isfinite(distance)) figures.wasserstein = distance;
}

void SetRatios(const DriftBins& bins, Counts counts, DriftFigures& figures) {
  const std::uint64_t total = Total(counts);
  const auto ratio = [total](std::uint64_t part) {
    return static_cast<double>(part) / static_cast<double>(total);
  };
  figures.missing_ratio = ratio(counts[bins.missing_bin()]);
  if (bins.kind() == BaselineKind::kCategory) {
    figures.unseen_ratio = ratio(counts[bins.unseen_bin()]);
    return;
  }
  std::uint64_t outside = counts[bins.above_bin()];
  if (bins.below_bin() != bins.above_bin()) outside += counts[bins.below_bin()];
  figures.out_of_range_ratio = ratio(outside);
}

}  // namespace

DriftFigures CompareWithBaseline(const DriftBins& bins, Counts counts) {
  assert(counts.size() == bins.size());
  DriftFigures figures;
  if (Total(counts) == 0) return figures;
  SetRatios(bins, counts, figures);
  if (Total(bins.baseline()) == 0) return figures;
  figures.psi = Psi(counts, bins.baseline());
  figures.js_distance = JensenShannonDistance(counts, bins.baseline());
  if (bins.kind() == BaselineKind::kCategory) {
    figures.chi2_pvalue = Chi2PValue(counts, bins.baseline());
  } else {
    CompareInOrder(bins, counts, figures);
  }
  return figures;
}

}  // namespace tidemill
