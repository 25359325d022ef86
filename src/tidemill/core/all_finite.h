#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <vector>

namespace tidemill {

/// True unless one is NaN or infinite.
template <std::floating_point Number>
bool AllFinite(std::span<const Number> numbers) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [](Number x) { return std::isfinite(x); });
}
template <std::floating_point Number>
bool AllFinite(const std::vector<Number>& numbers) {
  return AllFinite(std::span<const Number>(numbers));
}

}  // namespace tidemill
