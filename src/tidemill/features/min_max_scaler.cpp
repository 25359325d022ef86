#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/interval.h"
#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "MinMaxScaler";
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Interval kNoBounds{.low = -kInfinity, .high = kInfinity};

/// x * scale + offset, cut off at the bounds.
///
/// Missing: NaN stays NaN and does not count when fitting. An infinity stays
///          one, for scikit-learn raises an error there.
/// Source:  scikit-learn MinMaxScaler, matched bit for bit.
class ScaleAndClip final : public SavedMap {
 public:
  ScaleAndClip(double scale, double offset, Interval bounds)
      : scale_(scale), offset_(offset), bounds_(bounds) {}

  void Apply(std::span<double> values) const override {
    const auto [low, high] = bounds_;
    for (double& value : values) {
      if (std::isinf(value)) continue;  // not clipped: nothing may score it
      value = value * scale_ + offset_;
      value = value < low ? low : value > high ? high : value;
    }
  }
  bool nondecreasing() const override { return true; }

  void Save(ArtifactWriter& out) const override {
    out.Double("scale", scale_);
    out.Double("offset", offset_);
    out.Double("low", bounds_.low);
    out.Double("high", bounds_.high);
  }
  static SavedMapPtr Load(ArtifactReader& in) {
    const double scale = in.FiniteDouble("scale");
    const double offset = in.FiniteDouble("offset");
    Interval bounds;
    bounds.low = in.Double("low");
    bounds.high = in.Double("high");
    if (scale < 0.0) in.Refuse("a scale >= 0", NumberText(scale));
    if (!(bounds.low < bounds.high)) {
      in.Refuse("bounds that rise",
                NumberText(bounds.low) + " to " + NumberText(bounds.high));
    }
    return std::make_shared<ScaleAndClip>(scale, offset, bounds);
  }

 private:
  double scale_;
  double offset_;
  Interval bounds_;
};

class MinMaxScalerEstimator final : public Estimator {
 public:
  MinMaxScalerEstimator(Interval range, bool clip)
      : range_(range), clip_(clip) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    return FitMaps(kName, inputs, [&](const FrameColumn& column) {
      return FitOne(column, context);
    });
  }

 private:
  SavedMapPtr FitOne(const FrameColumn& column,
                     const FitContext& context) const {
    RequireValues(kName, column);
    double least = kInfinity;
    double greatest = -kInfinity;
    for (const double value : column.numbers) {
      if (std::isnan(value)) continue;
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    if (least == greatest) {
      context.Warn("MinMaxScaler: column '" + column.column.name +
                   "' is constant");
    }
    const double scale =
        (range_.high - range_.low) / ScaleOrOne(greatest - least);
    const double offset = range_.low - least * scale;
    if (!std::isfinite(greatest - least) || !std::isfinite(scale) ||
        !std::isfinite(offset)) {
      RefuseOverflow(kName, column.column, "numbers whose range is finite");
    }
    return std::make_shared<ScaleAndClip>(scale, offset,
                                          clip_ ? range_ : kNoBounds);
  }

  Interval range_;
  bool clip_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const Interval range =
      ReadInterval(reader, "feature_range", {.low = 0.0, .high = 1.0});
  const bool clip = reader.Bool("clip", false);
  reader.Finish();
  if (range.low == range.high) {
    throw ConfigError({.where = parameters.Find("feature_range")->where,
                       .expected = "two numbers that differ",
                       .got = "the same twice"});
  }
  return std::make_unique<MinMaxScalerEstimator>(range, clip);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, ScaleAndClip::Load);
}

}  // namespace

extern const StepFactory kMinMaxScaler{kName, Configure, Load};

}  // namespace tidemill
