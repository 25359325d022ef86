#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/function_map.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// One function of numpy over every column, under the column's own name.
///
/// Missing: NaN stays NaN. What has no value is what numpy makes of it: log of
///          0 is -infinity, log of -1 NaN.
/// Source:  scikit-learn FunctionTransformer with a function of numpy; it has
///          nothing to learn.
class FunctionTransformer final : public Step {
 public:
  FunctionTransformer(std::vector<std::string> columns, NumberFunction function)
      : columns_(std::move(columns)), function_(function) {}

  std::string_view name() const override { return "FunctionTransformer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return BindOneMap(name(), inputs, columns_, MakeFunctionMap(function_));
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.Text("func", ToText(function_));
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    const std::string name = in.Text("func", 64);
    const std::optional<NumberFunction> function = ParseNumberFunction(name);
    if (!function) {
      in.Refuse("one of " + NumberFunctionNames(), "'" + name + "'");
    }
    return std::make_unique<FunctionTransformer>(std::move(columns), *function);
  }

 private:
  std::vector<std::string> columns_;
  NumberFunction function_;
};

class FunctionTransformerEstimator final : public Estimator {
 public:
  explicit FunctionTransformerEstimator(NumberFunction function)
      : function_(function) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind("FunctionTransformer", inputs, ColumnKind::kNumber);
    return std::make_unique<FunctionTransformer>(std::move(columns), function_);
  }

 private:
  NumberFunction function_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const ParameterValue& func = reader.Required("func");
  const auto function = ParseNumberFunction(AsText(func));
  if (!function) {
    throw ConfigError({.where = func.where,
                       .expected = "one of " + NumberFunctionNames(),
                       .got = Describe(func)});
  }
  reader.Finish();
  return std::make_unique<FunctionTransformerEstimator>(*function);
}

}  // namespace

extern const StepFactory kFunctionTransformer{"FunctionTransformer", Configure,
                                              FunctionTransformer::Load};

}  // namespace tidemill
