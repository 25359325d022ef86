#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "tidemill/core/number_text.h"
#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "MaxAbsScaler";

/// x / scale, cut off at the bound on both sides.
///
/// Missing: NaN stays NaN and does not count when fitting. An infinity stays
///          one, for scikit-learn raises an error there.
/// Source:  scikit-learn MaxAbsScaler (scale: the greatest absolute value),
///          matched bit for bit.
class DivideAndClip final : public SavedMap {
 public:
  DivideAndClip(double scale, bool clip)
      : scale_(scale),
        bound_(clip ? 1.0 : std::numeric_limits<double>::infinity()) {}

  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (std::isinf(value)) continue;  // not clipped: nothing may score it
      value /= scale_;
      value = value < -bound_ ? -bound_ : value > bound_ ? bound_ : value;
    }
  }
  bool nondecreasing() const override { return true; }

  void Save(ArtifactWriter& out) const override {
    out.Double("scale", scale_);
    out.Bool("clip", std::isfinite(bound_));
  }
  static SavedMapPtr Load(ArtifactReader& in) {
    const double scale = in.FiniteDouble("scale");
    if (scale <= 0.0) in.Refuse("a scale > 0", NumberText(scale));
    return std::make_shared<DivideAndClip>(scale, in.Bool("clip"));
  }

 private:
  double scale_;
  double bound_;
};

class MaxAbsScalerEstimator final : public Estimator {
 public:
  explicit MaxAbsScalerEstimator(bool clip) : clip_(clip) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return FitMaps(kName, inputs, [&](const FrameColumn& column) {
      RequireValues(kName, column);
      double greatest = 0.0;
      for (const double value : column.numbers) {
        if (!std::isnan(value)) greatest = std::max(greatest, std::abs(value));
      }
      return std::make_shared<DivideAndClip>(ScaleOrOne(greatest), clip_);
    });
  }

 private:
  bool clip_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const bool clip = reader.Bool("clip", false);
  reader.Finish();
  return std::make_unique<MaxAbsScalerEstimator>(clip);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, DivideAndClip::Load);
}

}  // namespace

extern const StepFactory kMaxAbsScaler{kName, Configure, Load};

}  // namespace tidemill
