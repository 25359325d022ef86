#include <limits>
#include <utility>

#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "MissingValues";

class ToMissing final : public NumberMap {
 public:
  explicit ToMissing(double value) : value_(value) {}
  void Apply(std::span<double> values) const override {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    for (double& value : values) {
      if (value == value_) value = kNaN;
    }
  }
  bool nondecreasing() const override { return false; }

 private:
  double value_;
};

/// Makes one value of every column missing: a number that stands for it (-999,
/// scikit-learn's `missing_values`, XGBoost's `missing`), or the 0 that a
/// sparse matrix leaves out and XGBoost then takes for missing.
///
/// Missing: stays missing.
class MissingValues final : public Step {
 public:
  MissingValues(std::vector<std::string> columns, double value)
      : columns_(std::move(columns)), value_(value) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    const auto map = std::make_shared<ToMissing>(value_);
    StepOutputs outputs;
    for (const ExpressionPtr& input : inputs) {
      CheckKind(kName, *input, ColumnKind::kNumber);
      outputs.Add(MakeMap(input->column.name, input, map));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Double("missing_value", value_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    const double value = in.FiniteDouble("missing_value");
    return std::make_unique<MissingValues>(std::move(columns), value);
  }

 private:
  std::vector<std::string> columns_;
  double value_;
};

class MissingValuesEstimator final : public Estimator {
 public:
  explicit MissingValuesEstimator(double value) : value_(value) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind(kName, column.column, ColumnKind::kNumber);
      columns.push_back(column.column.name);
    }
    return std::make_unique<MissingValues>(std::move(columns), value_);
  }

 private:
  double value_;
};

}  // namespace

extern const StepFactory kMissingValues{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      ParameterReader reader(parameters);
      const double value = reader.Double("missing_value", 0.0);
      reader.Finish();
      return std::make_unique<MissingValuesEstimator>(value);
    },
    MissingValues::Load};

}  // namespace tidemill
