#pragma once

#include <span>

namespace tidemill {

/// The sum in the order in which numpy adds a row of numbers that lie side by
/// side: halves of halves, down to blocks of 128 in eight running sums.
///
/// Source: numpy 2.4 add.reduce of a contiguous float64 array (Higham 1993 on
///         why the error is small), matched bit for bit.
double PairwiseSum(std::span<const double> values);

}  // namespace tidemill
