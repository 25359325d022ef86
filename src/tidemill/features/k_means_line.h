#pragma once

#include <span>
#include <vector>

namespace tidemill {

/// Lloyd's algorithm on one column: centres that start at `centers`, each
/// moved to the mean of the values nearest to it, until none changes its
/// centre, the moves are small, or 300 rounds are over.
///
/// Requires finite values, at least as many as centres. A centre that has no
/// value gets the value farthest from its own centre; of several the last.
/// Source:  scikit-learn 1.9 KMeans on one thread (tol 1e-4), bit for bit. Of
///          values equally far numpy's argpartition gives it one or the other,
///          as the processor's instructions have it.
std::vector<double> KMeansOnLine(std::span<const double> values,
                                 std::vector<double> centers);

}  // namespace tidemill
