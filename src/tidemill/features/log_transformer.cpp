#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/function_map.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// The logarithm of columns that are positive in training.
///
/// Missing: NaN stays NaN, but none may be there when fitting. Later 0 gives
///          -infinity and less than 0 NaN, as numpy has it.
/// Source:  Feature-engine LogTransformer, which refuses such rows instead.
class LogTransformer final : public Step {
 public:
  LogTransformer(ChosenColumns columns, bool decimal)
      : columns_(std::move(columns)), decimal_(decimal) {}

  std::string_view name() const override { return "LogTransformer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    columns_.Check(name(), inputs);
    const std::shared_ptr<const NumberMap> map = MakeFunctionMap(
        decimal_ ? NumberFunction::kLog10 : NumberFunction::kLog);
    std::vector<ExpressionPtr> made(inputs.begin(), inputs.end());
    for (const std::size_t place : columns_.chosen) {
      made[place] = MakeMap(columns_.columns[place], inputs[place], map);
    }
    StepOutputs outputs;
    outputs.Add(made);
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    columns_.Save(out);
    out.Bool("decimal", decimal_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    ChosenColumns columns = ChosenColumns::Load(in);
    const bool decimal = in.Bool("decimal");
    return std::make_unique<LogTransformer>(std::move(columns), decimal);
  }

 private:
  ChosenColumns columns_;
  bool decimal_;
};

class LogTransformerEstimator final : public Estimator {
 public:
  explicit LogTransformerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = ReadVariables(reader);
    const ParameterValue* base = reader.Optional("base");
    reader.Finish();
    if (base == nullptr) return;
    // In YAML 10 is a number.
    decimal_ = AsText(*base) == "10";
    if (decimal_ || AsText(*base) == "e") return;
    throw ConfigError({.where = base->where,
                       .expected = "one of e, 10",
                       .got = Describe(*base)});
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    ChosenColumns columns =
        Choose("LogTransformer", inputs, variables_, MissingCells::kRefuse);
    for (const std::size_t place : columns.chosen) {
      const std::vector<double>& numbers = inputs.columns[place].numbers;
      const double least = *std::min_element(numbers.begin(), numbers.end());
      if (least <= 0.0) {
        throw DataError(
            {.where = "LogTransformer, column '" + columns.columns[place] + "'",
             .expected = "numbers > 0",
             .got = NumberText(least)});
      }
    }
    return std::make_unique<LogTransformer>(std::move(columns), decimal_);
  }

 private:
  std::optional<std::vector<std::string>> variables_;
  bool decimal_ = false;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<LogTransformerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kLogTransformer{"LogTransformer", Configure,
                                         LogTransformer::Load};

}  // namespace tidemill
