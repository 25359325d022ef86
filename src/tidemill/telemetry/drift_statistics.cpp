#include "tidemill/telemetry/drift_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <boost/math/distributions/chi_squared.hpp>

namespace tidemill {
namespace {

using Counts = std::span<const std::uint64_t>;

double Total(Counts counts) {
  return static_cast<double>(
      std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
}

double Ratio(std::uint64_t count, double total) {
  return static_cast<double>(count) / total;
}

/// Both sides' events; whether there is anything to compare.
struct Totals {
  Totals(Counts counts, Counts baseline)
      : here(Total(counts)), there(Total(baseline)) {
    assert(empty() || counts.size() == baseline.size());
  }
  bool empty() const { return here == 0.0 || there == 0.0; }
  double here;
  double there;
};

/// Visits the ends of the bins, in order, with the distance of the two
/// cumulated shares there.
template <typename Visit>
void VisitCumulated(Counts counts, Counts baseline, const Totals& totals,
                    Visit visit) {
  std::uint64_t here = 0;
  std::uint64_t there = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    here += counts[i];
    there += baseline[i];
    visit(i, std::abs(Ratio(here, totals.here) - Ratio(there, totals.there)));
  }
}

/// (1 + t) ln(1 + t) + (1 - t) ln(1 - t) for t in [-1, 1].
double Divergence(double t) {
  const double distance = std::abs(t);
  if (distance == 1.0) return 2.0 * std::log(2.0);
  return (1.0 + distance) * std::log1p(distance) +
         (1.0 - distance) * std::log1p(-distance);
}

double Square(double value) { return value * value; }

}  // namespace

std::vector<double> Shares(Counts counts) {
  std::vector<double> shares(counts.size());
  const double total = Total(counts);
  if (total == 0.0) return shares;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    shares[i] = Ratio(counts[i], total);
  }
  return shares;
}

double Psi(Counts counts, Counts baseline) {
  const Totals totals(counts, baseline);
  if (totals.empty()) return 0.0;
  double psi = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double p = std::max(Ratio(counts[i], totals.here), kLeastShare);
    const double q = std::max(Ratio(baseline[i], totals.there), kLeastShare);
    psi += (p - q) * std::log(p / q);
  }
  return psi;
}

double JensenShannonDistance(Counts counts, Counts baseline) {
  const Totals totals(counts, baseline);
  if (totals.empty()) return 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double p = Ratio(counts[i], totals.here);
    const double q = Ratio(baseline[i], totals.there);
    // p ln(p/m) + q ln(q/m) with p, q = m (1 +- t): as it stands, two terms of
    // nearly equal shares cancel, and the root keeps half of the digits left.
    const double m = (p + q) / 2.0;
    if (m > 0.0) sum += m * Divergence((p - q) / (p + q));
  }
  // No library promises that rounding leaves no term below 0.
  return std::sqrt(std::max(sum, 0.0) / 2.0);
}

double KolmogorovSmirnov(Counts counts, Counts baseline) {
  const Totals totals(counts, baseline);
  if (totals.empty()) return 0.0;
  double greatest = 0.0;
  VisitCumulated(counts, baseline, totals,
                 [&](std::size_t /*bin*/, double distance) {
                   greatest = std::max(greatest, distance);
                 });
  return greatest;
}

double Wasserstein(Counts counts, Counts baseline,
                   std::span<const double> positions) {
  const Totals totals(counts, baseline);
  if (totals.empty()) return 0.0;
  assert(positions.size() == counts.size());
  double sum = 0.0;
  VisitCumulated(counts, baseline, totals,
                 [&](std::size_t bin, double distance) {
                   // 0 times an infinite step is no distance.
                   if (bin + 1 == positions.size() || distance == 0.0) return;
                   sum += distance * (positions[bin + 1] - positions[bin]);
                 });
  return sum;
}

double Chi2PValue(Counts counts, Counts baseline) {
  const Totals totals(counts, baseline);
  if (totals.empty()) return 1.0;
  const double all = totals.here + totals.there;
  double statistic = 0.0;
  std::size_t bins = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double here = static_cast<double>(counts[i]);
    const double there = static_cast<double>(baseline[i]);
    if (here + there == 0.0) continue;
    ++bins;
    const double expected_here = (here + there) * (totals.here / all);
    const double expected_there = (here + there) * (totals.there / all);
    statistic += Square(here - expected_here) / expected_here +
                 Square(there - expected_there) / expected_there;
  }
  if (bins < 2) return 1.0;
  const boost::math::chi_squared distribution(static_cast<double>(bins - 1));
  return boost::math::cdf(boost::math::complement(distribution, statistic));
}

}  // namespace tidemill
