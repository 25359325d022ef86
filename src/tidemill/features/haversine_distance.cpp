#include <cmath>
#include <numbers>
#include <utility>

#include "tidemill/features/point_pair.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// Mean earth radius (IUGG R1) in kilometres, and kilometres per mile.
constexpr double kEarthRadiusKm = 6371.0088;
constexpr double kKmPerMile = 1.609344;

class HaversineKernel final : public Kernel {
 public:
  explicit HaversineKernel(double radius) : radius_(radius) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    constexpr double kRadian = std::numbers::pi / 180.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double latitude1 = inputs[0].numbers[i] * kRadian;
      const double longitude1 = inputs[1].numbers[i] * kRadian;
      const double latitude2 = inputs[2].numbers[i] * kRadian;
      const double longitude2 = inputs[3].numbers[i] * kRadian;
      const double a = std::sin((latitude2 - latitude1) / 2.0);
      const double b = std::sin((longitude2 - longitude1) / 2.0);
      const double h =
          a * a + std::cos(latitude1) * std::cos(latitude2) * b * b;
      // Rounding can lift h of antipodes over 1; NaN must stay NaN.
      out[i] = 2.0 * radius_ * std::asin(std::sqrt(h > 1.0 ? 1.0 : h));
    }
  }

 private:
  double radius_;
};

/// Great-circle distance between two points.
///
/// Inputs:  those of PointPair.
/// Units:   kilometres or miles.
/// Missing: NaN when any of the four is.
/// Source:  the haversine formula (Sinnott 1984); it has nothing to learn.
class HaversineDistance final : public Step {
 public:
  HaversineDistance(PointPair points, bool miles)
      : points_(std::move(points)), miles_(miles) {}

  std::string_view name() const override { return "HaversineDistance"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    const double radius = miles_ ? kEarthRadiusKm / kKmPerMile : kEarthRadiusKm;
    return {points_.Bind(name(), inputs,
                         std::make_shared<HaversineKernel>(radius))};
  }

  void Save(ArtifactWriter& out) const override {
    points_.Save(out);
    out.Bool("miles", miles_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    PointPair points = PointPair::Load(in);
    const bool miles = in.Bool("miles");
    return std::make_unique<HaversineDistance>(std::move(points), miles);
  }

 private:
  PointPair points_;
  bool miles_;
};

class HaversineDistanceEstimator final : public Estimator {
 public:
  HaversineDistanceEstimator(std::string output, bool miles)
      : output_(std::move(output)), miles_(miles) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return std::make_unique<HaversineDistance>(
        FitPointPair("HaversineDistance", inputs, output_), miles_);
  }

 private:
  std::string output_;
  bool miles_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  std::string output = reader.Text("output", "haversine_distance");
  const bool miles = reader.Choice("unit", "km", {"km", "mi"}) == "mi";
  reader.Finish();
  return std::make_unique<HaversineDistanceEstimator>(std::move(output), miles);
}

}  // namespace

extern const StepFactory kHaversineDistance{"HaversineDistance", Configure,
                                            HaversineDistance::Load};

}  // namespace tidemill
