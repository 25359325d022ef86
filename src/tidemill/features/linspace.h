#pragma once

#include <cstddef>
#include <vector>

namespace tidemill {

/// `count` evenly spaced numbers from start to stop, both included; only
/// `start` when count is 1.
///
/// `tiny_step`: as numpy does it for several ranges at once when the step of
///          one of them is 0. The last bits differ.
/// Source:  numpy 2.4 linspace, matched bit for bit.
std::vector<double> Linspace(double start, double stop, std::size_t count,
                             bool tiny_step = false);

/// True when numpy takes the step from start to stop for 0.
bool StepIsZero(double start, double stop, std::size_t count);

}  // namespace tidemill
