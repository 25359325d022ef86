#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/floored_modulo.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

double Add(double a, double b) { return a + b; }
double Subtract(double a, double b) { return a - b; }
double Multiply(double a, double b) { return a * b; }
double Divide(double a, double b) { return a / b; }
double Power(double a, double b) { return std::pow(a, b); }

/// The whole number of times that b goes into a, rounded down: from the exact
/// remainder, since a / b alone can round up to the next one.
double FloorDivide(double a, double b) {
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0.0 && (b < 0.0) != (rest < 0.0)) quotient -= 1.0;
  if (quotient == 0.0) return std::copysign(0.0, a / b);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1.0 : floor;
}

struct Operation {
  std::string_view name;
  double (*apply)(double, double);
  bool divides;
};

/// By the number that an artifact keeps: append only.
constexpr std::array<Operation, 8> kOperations = {
    {{"add", Add, false},
     {"sub", Subtract, false},
     {"mul", Multiply, false},
     {"div", Divide, true},
     {"truediv", Divide, true},
     {"floordiv", FloorDivide, true},
     {"mod", FlooredModulo, true},
     {"pow", Power, false}}};

class PairKernel final : public Kernel {
 public:
  PairKernel(const Operation& operation, double fill)
      : operation_(operation), fill_(fill) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    const double* a = inputs[0].numbers;
    const double* b = inputs[1].numbers;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = operation_.divides && b[i] == 0.0 ? fill_
                                                 : operation_.apply(a[i], b[i]);
    }
  }

 private:
  Operation operation_;
  double fill_;
};

/// Every variable with every reference column: a_sub_b = a - b and so on,
/// beside the columns they came from.
///
/// Outputs: VARIABLE_FUNC_REFERENCE, by function, then reference, then
///          variable.
/// Missing: NaN when either is, but 1 ** NaN and NaN ** 0 are 1. What is
///          divided by 0 is fill_value, or missing when there is none: then
///          training data must hold no such 0.
/// Source:  Feature-engine RelativeFeatures over pandas' operators.
class RelativeFeatures final : public Step {
 public:
  struct Settings {
    std::vector<std::uint8_t> functions;  ///< places in kOperations
    double fill = std::numeric_limits<double>::quiet_NaN();
    bool drop_original = false;
  };

  RelativeFeatures(ChosenColumns variables, ChosenColumns references,
                   Settings settings)
      : variables_(std::move(variables)),
        references_(std::move(references)),
        settings_(std::move(settings)) {}

  std::string_view name() const override { return "RelativeFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    variables_.Check(name(), inputs);
    references_.Check(name(), inputs);
    StepOutputs outputs;
    AddOriginals(inputs, outputs);
    for (const std::uint8_t function : settings_.functions) {
      const Operation& operation = kOperations[function];
      const auto kernel =
          std::make_shared<PairKernel>(operation, settings_.fill);
      for (const std::size_t b : references_.chosen) {
        for (const std::size_t a : variables_.chosen) {
          outputs.Add(MakeKernel(inputs[a]->column.name + "_" +
                                     std::string(operation.name) + "_" +
                                     inputs[b]->column.name,
                                 {inputs[a], inputs[b]}, kernel));
        }
      }
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    variables_.Save(out);
    references_.SaveChosen("references", out);
    std::vector<std::string> functions;
    for (const std::uint8_t function : settings_.functions) {
      functions.emplace_back(kOperations[function].name);
    }
    out.Texts("functions", functions);
    out.Double("fill_value", settings_.fill);
    out.Bool("drop_original", settings_.drop_original);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    ChosenColumns variables = ChosenColumns::Load(in);
    ChosenColumns references =
        ChosenColumns::LoadChosen("references", variables.columns, in);
    Settings settings;
    for (const std::string& name : in.Texts("functions")) {
      settings.functions.push_back(LoadFunction(name, in));
    }
    settings.fill = in.Double("fill_value");
    settings.drop_original = in.Bool("drop_original");
    return std::make_unique<RelativeFeatures>(
        std::move(variables), std::move(references), std::move(settings));
  }

 private:
  static std::uint8_t LoadFunction(const std::string& name,
                                   const ArtifactReader& in) {
    for (std::size_t i = 0; i < kOperations.size(); ++i) {
      if (kOperations[i].name == name) return static_cast<std::uint8_t>(i);
    }
    in.Refuse("a known function", "'" + name + "'");
  }

  void AddOriginals(std::span<const ExpressionPtr> inputs,
                    StepOutputs& outputs) const {
    std::vector<std::size_t> dropped;
    if (settings_.drop_original) {
      dropped = variables_.chosen;
      dropped.insert(dropped.end(), references_.chosen.begin(),
                     references_.chosen.end());
    }
    outputs.Add(ChosenColumns::Without(inputs, dropped));
  }

  ChosenColumns variables_;
  ChosenColumns references_;
  Settings settings_;
};

class RelativeFeaturesEstimator final : public Estimator {
 public:
  explicit RelativeFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = RequireVariables(reader);
    references_ = RequireVariables(reader, "reference");
    ReadFunctions(reader.Required("func"));
    if (const ParameterValue* fill = reader.Optional("fill_value")) {
      settings_.fill = AsDouble(*fill);
    }
    missing_ = ReadMissingValues(reader, "ignore");
    settings_.drop_original = reader.Bool("drop_original", false);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    ChosenColumns variables =
        Choose("RelativeFeatures", inputs, variables_, missing_);
    ChosenColumns references =
        Choose("RelativeFeatures", inputs, references_, missing_);
    RefuseZeros(inputs, references);
    return std::make_unique<RelativeFeatures>(std::move(variables),
                                              std::move(references), settings_);
  }

 private:
  void ReadFunctions(const ParameterValue& func) {
    for (const std::string& name : AsTexts(func)) {
      const auto* place = std::find_if(
          kOperations.begin(), kOperations.end(),
          [&](const Operation& operation) { return operation.name == name; });
      const auto number =
          static_cast<std::uint8_t>(place - kOperations.begin());
      if (place == kOperations.end() ||
          std::count(settings_.functions.begin(), settings_.functions.end(),
                     number) > 0) {
        throw ConfigError({.where = func.where,
                           .expected = "any of add, sub, mul, div, truediv, "
                                       "floordiv, mod, pow, each once",
                           .got = "'" + name + "'"});
      }
      settings_.functions.push_back(number);
    }
  }

  void RefuseZeros(const Frame& inputs, const ChosenColumns& references) const {
    const bool divides =
        std::any_of(settings_.functions.begin(), settings_.functions.end(),
                    [](std::uint8_t i) { return kOperations[i].divides; });
    if (!divides || !std::isnan(settings_.fill)) return;
    for (const std::size_t place : references.chosen) {
      const FrameColumn& column = inputs.columns[place];
      if (std::count(column.numbers.begin(), column.numbers.end(), 0.0) == 0) {
        continue;
      }
      throw DataError(
          {.where = "RelativeFeatures, column '" + column.column.name + "'",
           .expected = "no 0 to divide by (or a fill_value)",
           .got = "0"});
    }
  }

  std::vector<std::string> variables_;
  std::vector<std::string> references_;
  RelativeFeatures::Settings settings_;
  MissingCells missing_ = MissingCells::kKeep;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<RelativeFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kRelativeFeatures{"RelativeFeatures", Configure,
                                           RelativeFeatures::Load};

}  // namespace tidemill
