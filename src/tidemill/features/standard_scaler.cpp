#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/number_text.h"
#include "tidemill/features/standardise.h"

namespace tidemill {
namespace {

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
    out.Texts("columns", columns_);
    out.Doubles("mean", mean_);
    out.Doubles("scale", scale_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    std::vector<double> mean = in.FiniteDoubles("mean");
    std::vector<double> scale = in.FiniteDoubles("scale");
    if (mean.size() != columns.size() || scale.size() != columns.size()) {
      in.Refuse("a mean and a scale per column", std::to_string(scale.size()));
    }
    for (const double value : scale) {
      if (value <= 0.0) in.Refuse("a scale > 0", NumberText(value));
    }
    return std::make_unique<StandardScaler>(std::move(columns), std::move(mean),
                                            std::move(scale));
  }

 private:
  std::vector<std::string> columns_;
  std::vector<double> mean_;
  std::vector<double> scale_;
};

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
      if (!m.finite()) {
        RefuseOverflow("StandardScaler", column.column,
                       "numbers whose squares are finite");
      }
      const bool constant = m.constant();
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
