#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "tidemill/core/errors.h"
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
/// Inputs:  latitude, longitude, latitude, longitude in degrees, in the order
///          in which the transformer selects them.
/// Units:   kilometres or miles.
/// Missing: NaN when any of the four is.
/// Source:  the haversine formula (Sinnott 1984); it has nothing to learn.
class HaversineDistance final : public Step {
 public:
  HaversineDistance(std::vector<std::string> columns, std::string output,
                    bool miles)
      : columns_(std::move(columns)),
        output_(std::move(output)),
        miles_(miles) {}

  std::string_view name() const override { return "HaversineDistance"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    for (const ExpressionPtr& input : inputs) {
      CheckKind(name(), *input, ColumnKind::kNumber);
    }
    const double radius = miles_ ? kEarthRadiusKm / kKmPerMile : kEarthRadiusKm;
    return {MakeKernel(output_, {inputs.begin(), inputs.end()},
                       std::make_shared<HaversineKernel>(radius))};
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts(columns_);
    out.Text(output_);
    out.Bool(miles_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts();
    if (columns.size() != 4) {
      in.Refuse("4 columns", std::to_string(columns.size()));
    }
    std::string output = in.Text();
    const bool miles = in.Bool();
    return std::make_unique<HaversineDistance>(std::move(columns),
                                               std::move(output), miles);
  }

 private:
  std::vector<std::string> columns_;
  std::string output_;
  bool miles_;
};

class HaversineDistanceEstimator final : public Estimator {
 public:
  HaversineDistanceEstimator(std::string output, bool miles)
      : output_(std::move(output)), miles_(miles) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    if (inputs.columns.size() != 4) {
      throw ConfigError({.where = "pipeline, HaversineDistance",
                         .expected = "4 columns: latitude, longitude, "
                                     "latitude, longitude",
                         .got = std::to_string(inputs.columns.size())});
    }
    std::vector<std::string> columns;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind("HaversineDistance", column.column, ColumnKind::kNumber);
      columns.push_back(column.column.name);
    }
    return std::make_unique<HaversineDistance>(std::move(columns), output_,
                                               miles_);
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
