#pragma once

#include <vector>

namespace tidemill {

/// steps x 10^k from `first` to `last`, both within.
inline std::vector<double> DecadeBoundaries(double first, double last,
                                            const std::vector<double>& steps) {
  std::vector<double> boundaries;
  for (int exponent = -9; exponent <= 9; ++exponent) {
    // Below one, divide: 2 / 1000 is the double nearest to 0.002, 2 * 0.001
    // need not be, and then `le` would read 0.0020000000000000001.
    double power = 1.0;
    for (int i = 0; i < (exponent < 0 ? -exponent : exponent); ++i) {
      power *= 10.0;
    }
    for (const double step : steps) {
      const double boundary = exponent < 0 ? step / power : step * power;
      if (boundary >= first && boundary <= last) boundaries.push_back(boundary);
    }
  }
  return boundaries;
}

/// 100 us to 60 s.
inline std::vector<double> LatencyBoundaries() {
  std::vector<double> boundaries = DecadeBoundaries(1e-4, 20.0, {1, 2, 5});
  boundaries.push_back(30.0);
  boundaries.push_back(60.0);
  return boundaries;
}

/// 1 us to 1 s.
inline std::vector<double> StageBoundaries() {
  return DecadeBoundaries(1e-6, 1.0, {1, 2, 5});
}

/// 1, 2, 4 ... 1024 events.
inline std::vector<double> BatchBoundaries() {
  std::vector<double> boundaries;
  for (int events = 1; events <= 1024; events *= 2) {
    boundaries.push_back(events);
  }
  return boundaries;
}

}  // namespace tidemill
