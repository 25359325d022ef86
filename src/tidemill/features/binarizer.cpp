#include <cmath>
#include <memory>

#include "tidemill/features/mapped_columns.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "Binarizer";

/// 1 above the threshold, 0 at it and below.
///
/// Missing: NaN stays NaN.
/// Source:  scikit-learn Binarizer, which refuses NaN.
class Binarise final : public SavedMap {
 public:
  explicit Binarise(double threshold) : threshold_(threshold) {}

  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (!std::isnan(value)) value = value > threshold_ ? 1.0 : 0.0;
    }
  }
  bool nondecreasing() const override { return true; }

  void Save(ArtifactWriter& out) const override {
    out.Double("threshold", threshold_);
  }
  static SavedMapPtr Load(ArtifactReader& in) {
    return std::make_shared<Binarise>(in.FiniteDouble("threshold"));
  }

 private:
  double threshold_;
};

class BinarizerEstimator final : public Estimator {
 public:
  explicit BinarizerEstimator(double threshold) : threshold_(threshold) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    SavedMapPtr map = std::make_shared<Binarise>(threshold_);
    return FitMaps(kName, inputs, [&](const FrameColumn&) { return map; });
  }

 private:
  double threshold_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const double threshold = reader.Double("threshold", 0.0);
  reader.Finish();
  return std::make_unique<BinarizerEstimator>(threshold);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, Binarise::Load);
}

}  // namespace

extern const StepFactory kBinarizer{kName, Configure, Load};

}  // namespace tidemill
