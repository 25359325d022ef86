#include "tidemill/model/calibration.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/task.h"
#include "tidemill/features/pairwise_sum.h"
#include "tidemill/model/link.h"

namespace tidemill {
namespace {

constexpr std::size_t kMaxPoints = 1'000'000;

[[noreturn]] void Refuse(std::string expected, std::string got) {
  throw ArtifactError({.where = "calibration",
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

void CheckFinite(double number) {
  if (!std::isfinite(number)) Refuse("finite numbers", "NaN or an infinity");
}

void CheckMap(const SigmoidMap& map) {
  CheckFinite(map.slope);
  CheckFinite(map.intercept);
}

bool IsFloat(double x) {
  return static_cast<double>(static_cast<float>(x)) == x;
}

void CheckMap(const IsotonicMap& map) {
  if (map.x.empty() || map.x.size() > kMaxPoints ||
      map.x.size() != map.y.size()) {
    Refuse(
        "as many x as y, 1 to " + std::to_string(kMaxPoints),
        std::to_string(map.x.size()) + " and " + std::to_string(map.y.size()));
  }
  for (std::size_t i = 0; i < map.x.size(); ++i) {
    CheckFinite(map.x[i]);
    CheckFinite(map.y[i]);
    if (i != 0 && map.x[i] <= map.x[i - 1]) {
      Refuse("x that rise", std::to_string(map.x[i]) + " after " +
                                std::to_string(map.x[i - 1]));
    }
    if (map.single_precision && !(IsFloat(map.x[i]) && IsFloat(map.y[i]))) {
      Refuse("float32 numbers", "float64 ones");
    }
  }
}

template <typename Map>
void CheckMaps(const std::vector<Map>& maps, std::size_t width) {
  if (maps.size() != width) {
    Refuse(std::to_string(width) + " calibrators", std::to_string(maps.size()));
  }
  for (const Map& map : maps) CheckMap(map);
}

/// numpy.interp: from the point before, and where that overflows from the one
/// after.
double Interpolate(const IsotonicMap& map, double value) {
  const auto after = std::upper_bound(map.x.begin(), map.x.end(), value);
  if (after == map.x.end()) return map.y.back();
  const auto hi = static_cast<std::size_t>(after - map.x.begin());
  const std::size_t lo = hi - 1;
  if (map.x[lo] == value) return map.y[lo];
  const double slope = (map.y[hi] - map.y[lo]) / (map.x[hi] - map.x[lo]);
  double made = slope * (value - map.x[lo]) + map.y[lo];
  if (std::isnan(made)) made = slope * (value - map.x[hi]) + map.y[hi];
  if (std::isnan(made) && map.y[lo] == map.y[hi]) made = map.y[lo];
  return made;
}

/// scipy.interpolate.interp1d, which leaves float32 points to its own lines: a
/// value on a point belongs to the line before it.
float InterpolateFloat(const IsotonicMap& map, float value) {
  const auto at = std::lower_bound(map.x.begin() + 1, map.x.end() - 1, value);
  const auto hi = static_cast<std::size_t>(at - map.x.begin());
  const auto x_lo = static_cast<float>(map.x[hi - 1]);
  const auto x_hi = static_cast<float>(map.x[hi]);
  const auto y_lo = static_cast<float>(map.y[hi - 1]);
  const auto y_hi = static_cast<float>(map.y[hi]);
  const float slope = (y_hi - y_lo) / (x_hi - x_lo);
  return slope * (value - x_lo) + y_lo;
}

/// scikit-learn lets a probability be above 1 by what rounding may add.
double AtMostOne(double p) { return p > 1.0 && p <= 1.0 + 1e-5 ? 1.0 : p; }

template <typename Map>
void ApplyMaps(const std::vector<Map>& maps, std::span<double> row) {
  assert(maps.size() == row.size());
  for (std::size_t k = 0; k < row.size(); ++k) row[k] = maps[k](row[k]);
  if (row.size() > 1) {
    const double sum = PairwiseSum(row);
    for (double& p : row) {
      p = sum == 0.0 ? 1.0 / static_cast<double>(row.size()) : p / sum;
    }
  }
  for (double& p : row) p = AtMostOne(p);
}

void ApplyTemperature(const Temperature& temperature, std::span<double> row) {
  constexpr double kLeast = 1e-12;
  const double beta = temperature.inverse_temperature;
  if (row.size() == 1) {
    const double x = row[0];
    std::array<double, 2> logits = {-x, x};
    if (temperature.probabilities) {
      logits = {std::log(1.0 - x + kLeast), std::log(x + kLeast)};
    }
    for (double& logit : logits) logit *= beta;
    ApplyLink(Link::kSoftmax, logits);
    row[0] = logits[1];
    return;
  }
  for (double& x : row) {
    x = beta * (temperature.probabilities ? std::log(x + kLeast) : x);
  }
  ApplyLink(Link::kSoftmax, row);
}

void SaveMap(const SigmoidMap& map, ArtifactWriter& out) {
  out.Double("slope", map.slope);
  out.Double("intercept", map.intercept);
}

void SaveMap(const IsotonicMap& map, ArtifactWriter& out) {
  out.Doubles("x", map.x);
  out.Doubles("y", map.y);
  out.Bool("single_precision", map.single_precision);
}

void LoadMap(ArtifactReader& in, SigmoidMap& map) {
  map.slope = in.Double("slope");
  map.intercept = in.Double("intercept");
}

void LoadMap(ArtifactReader& in, IsotonicMap& map) {
  map.x = in.Doubles("x");
  map.y = in.Doubles("y");
  map.single_precision = in.Bool("single_precision");
}

template <typename Map>
Calibration LoadMaps(ArtifactReader& in) {
  return in.Each<Map>("calibrators", kMaxClasses, 16,
                      [&](Map& map) { LoadMap(in, map); });
}

}  // namespace

double SigmoidMap::operator()(double x) const {
  return 1.0 / (1.0 + std::exp(slope * x + intercept));
}

double IsotonicMap::operator()(double value) const {
  if (std::isnan(value)) return value;
  if (x.size() == 1) return y[0];
  const double within = std::clamp(value, x.front(), x.back());
  return single_precision ? InterpolateFloat(*this, static_cast<float>(within))
                          : Interpolate(*this, within);
}

void CheckCalibration(const Calibration& calibration, std::size_t width) {
  if (const auto* temperature = std::get_if<Temperature>(&calibration)) {
    const double beta = temperature->inverse_temperature;
    if (!std::isfinite(beta) || beta <= 0.0) {
      Refuse("an inverse temperature above 0", std::to_string(beta));
    }
  } else if (const auto* maps =
                 std::get_if<std::vector<SigmoidMap>>(&calibration)) {
    CheckMaps(*maps, width);
  } else {
    CheckMaps(std::get<std::vector<IsotonicMap>>(calibration), width);
  }
}

void Calibrate(const Calibration& calibration, std::span<double> row) {
  if (const auto* temperature = std::get_if<Temperature>(&calibration)) {
    ApplyTemperature(*temperature, row);
  } else if (const auto* maps =
                 std::get_if<std::vector<SigmoidMap>>(&calibration)) {
    ApplyMaps(*maps, row);
  } else {
    ApplyMaps(std::get<std::vector<IsotonicMap>>(calibration), row);
  }
}

void SaveCalibration(const Calibration& calibration, ArtifactWriter& out) {
  if (const auto* temperature = std::get_if<Temperature>(&calibration)) {
    out.Double("inverse_temperature", temperature->inverse_temperature);
    out.Bool("probabilities", temperature->probabilities);
    return;
  }
  const auto save = [&](const auto& map) { SaveMap(map, out); };
  if (const auto* maps = std::get_if<std::vector<SigmoidMap>>(&calibration)) {
    out.Each("calibrators", *maps, save);
  } else {
    out.Each("calibrators", std::get<std::vector<IsotonicMap>>(calibration),
             save);
  }
}

Calibration LoadCalibration(CalibrationMethod method, ArtifactReader& in) {
  switch (method) {
    case CalibrationMethod::kSigmoid:
      return LoadMaps<SigmoidMap>(in);
    case CalibrationMethod::kIsotonic:
      return LoadMaps<IsotonicMap>(in);
    case CalibrationMethod::kTemperature:
      break;
  }
  Temperature temperature;
  temperature.inverse_temperature = in.Double("inverse_temperature");
  temperature.probabilities = in.Bool("probabilities");
  return temperature;
}

}  // namespace tidemill
