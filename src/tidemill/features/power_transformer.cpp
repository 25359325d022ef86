#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/power_transform.h"
#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "PowerTransformer";

/// z = (power of x - mean) / scale.
///
/// Missing: NaN stays NaN and does not count when fitting; with Box-Cox an x
///          that is not greater than 0 becomes an infinity, which no model
///          is given.
/// Source:  scikit-learn PowerTransformer, to 1e-12 given lambda.
class PowerMap final : public SavedMap {
 public:
  PowerMap(PowerMethod method, double lambda, double mean, double scale)
      : method_(method), lambda_(lambda), mean_(mean), scale_(scale) {}

  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      value = (PowerTransform(method_, lambda_, value) - mean_) / scale_;
    }
  }

  /// The C library's log1p and expm1 do not promise it to the last bit.
  bool nondecreasing() const override { return false; }

  void Save(ArtifactWriter& out) const override {
    out.Choice("method", method_, kPowerMethodNames);
    out.Double("lambda", lambda_);
    out.Double("mean", mean_);
    out.Double("scale", scale_);
  }

  static SavedMapPtr Load(ArtifactReader& in) {
    const auto method = in.Choice<PowerMethod>("method", kPowerMethodNames);
    const double lambda = in.FiniteDouble("lambda");
    const double mean = in.FiniteDouble("mean");
    const double scale = in.FiniteDouble("scale");
    if (scale <= 0.0) in.Refuse("a scale > 0", NumberText(scale));
    return std::make_shared<PowerMap>(method, lambda, mean, scale);
  }

 private:
  PowerMethod method_;
  double lambda_;
  double mean_;
  double scale_;
};

class PowerTransformerEstimator final : public Estimator {
 public:
  PowerTransformerEstimator(PowerMethod method, bool standardize)
      : method_(method), standardize_(standardize) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    return FitMaps(kName, inputs, [&](const FrameColumn& column) {
      return FitOne(column, context);
    });
  }

 private:
  SavedMapPtr FitOne(const FrameColumn& column,
                     const FitContext& context) const {
    RequireValues(kName, column);
    const double lambda = FitLambda(column, context);
    std::vector<double> made = column.numbers;
    for (double& value : made) {
      value = PowerTransform(method_, lambda, value);
      if (std::abs(value) > std::numeric_limits<double>::max() / 1e4) {
        RefuseOverflow(kName, column.column,
                       "numbers whose best power is finite (a scaler before "
                       "it helps)");
      }
    }
    if (!standardize_) {
      return std::make_shared<PowerMap>(method_, lambda, 0.0, 1.0);
    }
    const Moments m = MomentsOf(made);
    if (!m.finite()) {
      RefuseOverflow(kName, column.column,
                     "numbers whose best power has finite squares");
    }
    return std::make_shared<PowerMap>(
        method_, lambda, m.mean, m.constant() ? 1.0 : std::sqrt(m.variance));
  }

  double FitLambda(const FrameColumn& column, const FitContext& context) const {
    const auto refuse = [&](const char* expected, std::string got) {
      throw DataError(
          {.where = "PowerTransformer, column '" + column.column.name + "'",
           .expected = expected,
           .got = std::move(got)});
    };
    const std::vector<double> sorted = SortedPresent(column.numbers);
    const bool box_cox = method_ == PowerMethod::kBoxCox;
    if (box_cox && sorted.front() <= 0.0) {
      refuse("numbers > 0 for box-cox (yeo-johnson takes any)",
             "one that is not");
    }
    const Moments m = MomentsOf(column.numbers);
    const bool one_value = sorted.front() == sorted.back();
    if (box_cox ? one_value : one_value || (m.finite() && m.constant())) {
      if (box_cox) refuse("numbers that differ, for box-cox", "a constant");
      context.Warn("PowerTransformer: column '" + column.column.name +
                   "' is constant; its lambda is 1");
      return 1.0;
    }
    const auto lambda = BestLambda(method_, sorted);
    if (!lambda) {
      refuse("numbers that a power makes more like a normal sample",
             "no best power");
    }
    return *lambda;
  }

  PowerMethod method_;
  bool standardize_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const bool box_cox = reader.Choice("method", "yeo-johnson",
                                     {"yeo-johnson", "box-cox"}) == "box-cox";
  const bool standardize = reader.Bool("standardize", true);
  reader.Finish();
  return std::make_unique<PowerTransformerEstimator>(
      box_cox ? PowerMethod::kBoxCox : PowerMethod::kYeoJohnson, standardize);
}

StepPtr Load(ArtifactReader& in, int /*depth*/) {
  return LoadMaps(kName, in, PowerMap::Load);
}

}  // namespace

extern const StepFactory kPowerTransformer{kName, Configure, Load};

}  // namespace tidemill
