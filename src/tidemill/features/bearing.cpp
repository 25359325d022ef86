#include <cmath>
#include <numbers>
#include <utility>

#include "tidemill/features/point_pair.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

class BearingKernel final : public Kernel {
 public:
  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    constexpr double kRadian = std::numbers::pi / 180.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double latitude1 = inputs[0].numbers[i] * kRadian;
      const double longitude1 = inputs[1].numbers[i] * kRadian;
      const double latitude2 = inputs[2].numbers[i] * kRadian;
      const double longitude2 = inputs[3].numbers[i] * kRadian;
      const double east =
          std::cos(latitude2) * std::sin(longitude2 - longitude1);
      const double north = std::cos(latitude1) * std::sin(latitude2) -
                           std::sin(latitude1) * std::cos(latitude2) *
                               std::cos(longitude2 - longitude1);
      double degrees = std::atan2(east, north) / kRadian;
      if (degrees < 0.0) degrees += 360.0;
      // A hair west of north rounds up to the whole circle.
      out[i] = degrees >= 360.0 ? 0.0 : degrees;
    }
  }
};

/// The direction in which the great circle leaves the first point for the
/// second.
///
/// Inputs:  those of PointPair.
/// Units:   degrees clockwise from north, in [0, 360); 0 for equal points.
/// Missing: NaN when any of the four is.
/// Source:  azimuth on a sphere, Snyder, Map Projections (USGS Professional
///          Paper 1395, 1987), equation 5-4b; it has nothing to learn.
class Bearing final : public Step {
 public:
  explicit Bearing(PointPair points) : points_(std::move(points)) {}

  std::string_view name() const override { return "Bearing"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return {points_.Bind(name(), inputs, std::make_shared<BearingKernel>())};
  }

  void Save(ArtifactWriter& out) const override { points_.Save(out); }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    return std::make_unique<Bearing>(PointPair::Load(in));
  }

 private:
  PointPair points_;
};

class BearingEstimator final : public Estimator {
 public:
  explicit BearingEstimator(std::string output) : output_(std::move(output)) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return std::make_unique<Bearing>(FitPointPair("Bearing", inputs, output_));
  }

 private:
  std::string output_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  std::string output = reader.Text("output", "bearing");
  reader.Finish();
  return std::make_unique<BearingEstimator>(std::move(output));
}

}  // namespace

extern const StepFactory kBearing{"Bearing", Configure, Bearing::Load};

}  // namespace tidemill
