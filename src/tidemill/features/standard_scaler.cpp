#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// z = (x - mean) / scale.
class Standardise final : public NumberMap {
 public:
  Standardise(double mean, double scale) : mean_(mean), scale_(scale) {}
  void Apply(std::span<double> values) const override {
    // Divide, do not multiply by 1/scale: the two differ in the last bit, and
    // scores must equal the research ones.
    for (double& value : values) value = (value - mean_) / scale_;
  }
  bool nondecreasing() const override { return true; }

 private:
  double mean_;
  double scale_;
};

/// Standardises every column: z = (x - mean) / scale, with learned parameters.
///
/// Missing: NaN stays NaN and does not count when fitting.
/// Source:  scikit-learn StandardScaler (population standard deviation; a
///          constant column is only centred).
class StandardScaler final : public Step {
 public:
  StandardScaler(std::vector<std::string> columns, std::vector<double> mean,
                 std::vector<double> scale)
      : columns_(std::move(columns)),
        mean_(std::move(mean)),
        scale_(std::move(scale)) {}

  std::string_view name() const override { return "StandardScaler"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kNumber);
      outputs.Add(MakeMap(columns_[i], inputs[i],
                          std::make_shared<Standardise>(mean_[i], scale_[i])));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts(columns_);
    out.Doubles(mean_);
    out.Doubles(scale_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts();
    std::vector<double> mean = in.FiniteDoubles();
    std::vector<double> scale = in.FiniteDoubles();
    if (mean.size() != columns.size() || scale.size() != columns.size()) {
      in.Refuse("a mean and a scale per column", std::to_string(scale.size()));
    }
    for (const double value : scale) {
      if (value <= 0.0) in.Refuse("a scale > 0", std::to_string(value));
    }
    return std::make_unique<StandardScaler>(std::move(columns), std::move(mean),
                                            std::move(scale));
  }

 private:
  std::vector<std::string> columns_;
  std::vector<double> mean_;
  std::vector<double> scale_;
};

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  std::size_t count = 0;
};

Moments MomentsOf(const std::vector<double>& values) {
  Moments m;
  double sum = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++m.count;
  }
  if (m.count == 0) return m;
  m.mean = sum / static_cast<double>(m.count);
  // Two passes with the correction term of Chan et al. (1983), as scikit-learn.
  double squares = 0.0;
  double rest = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    const double difference = value - m.mean;
    squares += difference * difference;
    rest += difference;
  }
  const auto count = static_cast<double>(m.count);
  m.variance = (squares - rest * rest / count) / count;
  return m;
}

/// Rounding alone can make a constant column vary by this much.
bool IsConstant(const Moments& m) {
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  const auto n = static_cast<double>(m.count);
  const double bound = n * kEps * m.variance + std::pow(n * m.mean * kEps, 2);
  return m.variance <= bound;
}

class StandardScalerEstimator final : public Estimator {
 public:
  StandardScalerEstimator(bool with_mean, bool with_std)
      : with_mean_(with_mean), with_std_(with_std) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    std::vector<std::string> columns;
    std::vector<double> mean;
    std::vector<double> scale;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind("StandardScaler", column.column, ColumnKind::kNumber);
      const Moments m = MomentsOf(column.numbers);
      if (!std::isfinite(m.mean) || !std::isfinite(m.variance)) {
        throw DataError(
            {.where = "StandardScaler, column '" + column.column.name + "'",
             .expected = "numbers whose squares are finite",
             .got = "an overflow"});
      }
      const bool constant = IsConstant(m);
      if (constant && m.count > 0 && with_std_) {
        context.Warn("StandardScaler: column '" + column.column.name +
                     "' is constant; it is only centred");
      }
      columns.push_back(column.column.name);
      mean.push_back(with_mean_ ? m.mean : 0.0);
      scale.push_back(with_std_ && !constant ? std::sqrt(m.variance) : 1.0);
    }
    return std::make_unique<StandardScaler>(std::move(columns), std::move(mean),
                                            std::move(scale));
  }

 private:
  bool with_mean_;
  bool with_std_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const bool with_mean = reader.Bool("with_mean", true);
  const bool with_std = reader.Bool("with_std", true);
  reader.Finish();
  return std::make_unique<StandardScalerEstimator>(with_mean, with_std);
}

}  // namespace

extern const StepFactory kStandardScaler{"StandardScaler", Configure,
                                         StandardScaler::Load};

}  // namespace tidemill
