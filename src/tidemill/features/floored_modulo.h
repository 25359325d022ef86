#pragma once

#include <cmath>

namespace tidemill {

/// What is left of a when b goes into it a whole number of times, with the
/// sign of b, as Python and numpy have it.
inline double FlooredModulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0.0) return std::copysign(0.0, b);
  return (b < 0.0) != (rest < 0.0) ? rest + b : rest;
}

}  // namespace tidemill
