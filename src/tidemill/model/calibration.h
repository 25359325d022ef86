#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// A member's raw value as 1 / (1 + exp(slope x + intercept)).
struct SigmoidMap {
  double slope = 0.0;
  double intercept = 0.0;

  double operator()(double x) const;
};

/// Straight lines between points, constant beyond the first and the last.
struct IsotonicMap {
  std::vector<double> x;  ///< rising
  std::vector<double> y;
  bool single_precision = false;  ///< float32, as its points are

  double operator()(double value) const;
};

/// Softmax of inverse_temperature x logits.
struct Temperature {
  double inverse_temperature = 1.0;
  /// The raw values are probabilities p, whose logits are log(p + 1e-12);
  /// else they are logits, a single one x standing for -x and x.
  bool probabilities = false;
};

/// How a row's raw values, one per class and one alone of two classes, become
/// probabilities: a map per raw value and their shares of the sum, or a
/// temperature.
///
/// Source: scikit-learn 1.9 CalibratedClassifierCV; of two classes the map's
///         value is P(second class), and where every class has probability 0
///         all are equally likely.
using Calibration = std::variant<std::vector<SigmoidMap>,
                                 std::vector<IsotonicMap>, Temperature>;

/// Throws ArtifactError unless the calibration is one of `width` raw values
/// with finite numbers, a temperature's above 0.
void CheckCalibration(const Calibration& calibration, std::size_t width);

/// Turns a row's raw values into probabilities, in place.
void Calibrate(const Calibration& calibration, std::span<double> row);

/// The alternatives of Calibration, in their order.
enum class CalibrationMethod : std::uint8_t {
  kSigmoid,
  kIsotonic,
  kTemperature,
};
inline constexpr std::array<std::string_view, 3> kCalibrationNames = {
    "sigmoid", "isotonic", "temperature"};

/// Without the method, which the reader must know.
void SaveCalibration(const Calibration& calibration, ArtifactWriter& out);
Calibration LoadCalibration(CalibrationMethod method, ArtifactReader& in);

}  // namespace tidemill
