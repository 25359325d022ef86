#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tidemill {

/// How far counts lie from a baseline's counts over the same bins. Anybody can
/// recompute each figure from the counts; docs/drift.md says with what.
///
/// Shapes:  `counts` and `baseline` have one entry per bin, in the same order.
/// Missing: a side without events makes every figure 0, and the p-value 1;
///          never NaN.
/// Errors:  none.
/// Threads: pure functions.

/// Lowest share that Psi() compares.
inline constexpr double kLeastShare = 1e-4;

/// Counts over their sum; all 0 when that is 0.
std::vector<double> Shares(std::span<const std::uint64_t> counts);

/// Population stability index, sum (p - q) ln(p / q) over all bins; shares are
/// raised to at least kLeastShare and not renormalised.
double Psi(std::span<const std::uint64_t> counts,
           std::span<const std::uint64_t> baseline);

/// Jensen-Shannon distance, 0 to sqrt(ln 2): the root of the divergence in
/// nats (scipy.spatial.distance.jensenshannon).
double JensenShannonDistance(std::span<const std::uint64_t> counts,
                             std::span<const std::uint64_t> baseline);

/// Kolmogorov-Smirnov: the greatest distance of the two cumulated shares, seen
/// at the ends of bins that stand in rising order.
double KolmogorovSmirnov(std::span<const std::uint64_t> counts,
                         std::span<const std::uint64_t> baseline);

/// Wasserstein-1 distance when all of a bin's events lie at its position, in
/// the unit of `positions`, which do not fall (scipy.stats.wasserstein_distance
/// with the positions as values and the counts as weights). Infinite when
/// positions lie further apart than a float64 can tell.
double Wasserstein(std::span<const std::uint64_t> counts,
                   std::span<const std::uint64_t> baseline,
                   std::span<const double> positions);

/// Pearson's chi-square test of the 2 x k table, without correction: the
/// chance of counts at least so different when both sides were drawn alike
/// (scipy.stats.chi2_contingency). Bins empty on both sides do not count; 1
/// when less than two are left.
double Chi2PValue(std::span<const std::uint64_t> counts,
                  std::span<const std::uint64_t> baseline);

}  // namespace tidemill
