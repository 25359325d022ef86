#include <cmath>
#include <memory>

#include "tidemill/features/mapped_columns.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "Power";

/// x to a fixed power.
///
/// Missing: NaN stays NaN, but to the power 0 everything is 1; what has no
///          value is as numpy's power has it (0 to -1 is an infinity, a root
///          of -1 NaN).
/// Source:  Feature-engine PowerTransformer (that name is scikit-learn's).
class ToPower final : public SavedMap {
 public:
  explicit ToPower(double exponent) : exponent_(exponent) {}

  void Apply(std::span<double> values) const override {
    for (double& value : values) value = std::pow(value, exponent_);
  }
  /// The C library does not promise it to the last bit.
  bool nondecreasing() const override { return false; }

  void Save(ArtifactWriter& out) const override {
    out.Double("exp", exponent_);
  }
  static SavedMapPtr Load(ArtifactReader& in) {
    return std::make_shared<ToPower>(in.FiniteDouble("exp"));
  }

 private:
  double exponent_;
};

class PowerEstimator final : public Estimator {
 public:
  explicit PowerEstimator(double exponent) : exponent_(exponent) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    SavedMapPtr map = std::make_shared<ToPower>(exponent_);
    return FitMaps(kName, inputs, [&](const FrameColumn&) { return map; });
  }

 private:
  double exponent_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const double exponent = reader.Double("exp", 0.5);
  reader.Finish();
  return std::make_unique<PowerEstimator>(exponent);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, ToPower::Load);
}

}  // namespace

extern const StepFactory kPower{kName, Configure, Load};

}  // namespace tidemill
