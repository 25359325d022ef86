#include <cmath>
#include <memory>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/interval.h"
#include "tidemill/features/normal_quantile.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "RobustScaler";

struct Options {
  bool with_centering = true;
  bool with_scaling = true;
  Interval percentiles{.low = 25.0, .high = 75.0};
  /// The same range of a standard normal variable, or 1: a scale's unit.
  double unit = 1.0;
};

/// z = (x - median) / (range between two percentiles): outliers do not count.
///
/// Missing: NaN stays NaN and does not count when fitting.
/// Source:  scikit-learn RobustScaler, matched bit for bit (with
///          unit_variance to 1e-12).
class RobustScalerEstimator final : public Estimator {
 public:
  explicit RobustScalerEstimator(Options options) : options_(options) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return FitMaps(kName, inputs,
                   [&](const FrameColumn& column) { return FitOne(column); });
  }

 private:
  SavedMapPtr FitOne(const FrameColumn& column) const {
    RequireValues(kName, column);
    const std::vector<double> sorted = SortedPresent(column.numbers);
    const double centre = options_.with_centering ? Median(sorted) : 0.0;
    double scale = 1.0;
    if (options_.with_scaling) {
      const double range = Quantile(sorted, options_.percentiles.high / 100.0) -
                           Quantile(sorted, options_.percentiles.low / 100.0);
      scale = ScaleOrOne(range) / options_.unit;
    }
    if (!std::isfinite(centre) || !std::isfinite(scale)) {
      RefuseOverflow(kName, column.column, "numbers whose range is finite");
    }
    return std::make_shared<Standardise>(centre, scale);
  }

  Options options_;
};

double UnitOf(const Interval& percentiles, const std::string& where) {
  const double unit = NormalQuantile(percentiles.high / 100.0) -
                      NormalQuantile(percentiles.low / 100.0);
  if (!std::isfinite(unit) || unit <= 0.0) {
    throw ConfigError({.where = where,
                       .expected = "a quantile_range that is not empty and "
                                   "leaves out 0 and 100, for unit_variance",
                       .got = NumberText(percentiles.low) + " to " +
                              NumberText(percentiles.high)});
  }
  return unit;
}

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  Options options;
  options.with_centering = reader.Bool("with_centering", true);
  options.with_scaling = reader.Bool("with_scaling", true);
  options.percentiles =
      ReadInterval(reader, "quantile_range", options.percentiles);
  const bool unit_variance = reader.Bool("unit_variance", false);
  reader.Finish();
  if (options.percentiles.low < 0.0 || options.percentiles.high > 100.0) {
    throw ConfigError({.where = parameters.Find("quantile_range")->where,
                       .expected = "percentiles from 0 to 100",
                       .got = NumberText(options.percentiles.low) + " to " +
                              NumberText(options.percentiles.high)});
  }
  if (unit_variance) options.unit = UnitOf(options.percentiles, reader.where());
  return std::make_unique<RobustScalerEstimator>(options);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, Standardise::Load);
}

}  // namespace

extern const StepFactory kRobustScaler{kName, Configure, Load};

}  // namespace tidemill
