#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// What an artifact keeps: append only.
enum class RowFunction : std::uint8_t {
  kSum,
  kProd,
  kMean,
  kMin,
  kMax,
  kStd,
  kVar,
  kMedian,
};

constexpr std::array<std::string_view, 8> kNames = {
    "sum", "prod", "mean", "min", "max", "std", "var", "median"};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double Sum(std::span<const double> row) {
  double sum = 0.0;
  for (const double value : row) sum += value;
  return sum;
}

double Product(std::span<const double> row) {
  double product = 1.0;
  for (const double value : row) product *= value;
  return product;
}

double Mean(std::span<const double> row) {
  return Sum(row) / static_cast<double>(row.size());
}

/// Of a sample: divided by n - 1.
double Variance(std::span<const double> row) {
  if (row.size() < 2) return kNaN;
  const double mean = Mean(row);
  double squares = 0.0;
  for (const double value : row) squares += (mean - value) * (mean - value);
  return squares / static_cast<double>(row.size() - 1);
}

/// Sorts the row.
double MedianOf(std::span<double> row) {
  std::sort(row.begin(), row.end());
  return Median(row);
}

/// Of the values that are there.
double Aggregate(RowFunction function, std::span<double> row) {
  if (function == RowFunction::kSum) return Sum(row);
  if (function == RowFunction::kProd) return Product(row);
  if (row.empty()) return kNaN;
  switch (function) {
    case RowFunction::kMean:
      return Mean(row);
    case RowFunction::kMin:
      return *std::min_element(row.begin(), row.end());
    case RowFunction::kMax:
      return *std::max_element(row.begin(), row.end());
    case RowFunction::kStd:
      return std::sqrt(Variance(row));
    case RowFunction::kVar:
      return Variance(row);
    default:
      return MedianOf(row);
  }
}

class RowKernel final : public Kernel {
 public:
  RowKernel(RowFunction function, MissingCells missing)
      : function_(function), missing_(missing) {}

  void Apply(std::span<const ColumnValues> inputs,
             std::span<double> out) const override {
    thread_local std::vector<double> row;
    for (std::size_t i = 0; i < out.size(); ++i) {
      row.clear();
      for (const ColumnValues& input : inputs) {
        if (!std::isnan(input.numbers[i])) row.push_back(input.numbers[i]);
      }
      const bool whole = row.size() == inputs.size();
      out[i] = whole || missing_ == MissingCells::kKeep
                   ? Aggregate(function_, row)
                   : kNaN;
    }
  }

 private:
  RowFunction function_;
  MissingCells missing_;
};

struct NamedFunction {
  RowFunction function = RowFunction::kSum;
  std::string name;
};

/// Sums, products and other figures of a row's columns, beside the columns.
///
/// Outputs: FUNC_A_B_C unless named.
/// Missing: with missing_values "raise" NaN when any of them is missing (and
///          none may be there when fitting); with "ignore" it does not count:
///          of nothing the sum is 0, the product 1 and the rest NaN.
/// Source:  Feature-engine MathFeatures over pandas' functions of those names;
///          added up from the first column to the last.
class MathFeatures final : public Step {
 public:
  MathFeatures(ChosenColumns columns, std::vector<NamedFunction> functions,
               MissingCells missing, bool drop_original)
      : columns_(std::move(columns)),
        functions_(std::move(functions)),
        missing_(missing),
        drop_original_(drop_original) {}

  std::string_view name() const override { return "MathFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    columns_.Check(name(), inputs);
    std::vector<ExpressionPtr> of;
    for (const std::size_t place : columns_.chosen) of.push_back(inputs[place]);
    StepOutputs outputs;
    if (drop_original_) {
      outputs.Add(ChosenColumns::Without(inputs, columns_.chosen));
    } else {
      outputs.Add(inputs);
    }
    for (const NamedFunction& item : functions_) {
      outputs.Add(MakeKernel(
          item.name, of, std::make_shared<RowKernel>(item.function, missing_)));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    columns_.Save(out);
    out.Each("functions", functions_, [&](const NamedFunction& item) {
      out.Choice("function", item.function, kNames);
      out.Text("name", item.name);
    });
    out.Bool("keep_missing", missing_ == MissingCells::kKeep);
    out.Bool("drop_original", drop_original_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    ChosenColumns columns = ChosenColumns::Load(in);
    std::vector<NamedFunction> functions = in.Each<NamedFunction>(
        "functions", kMaxFunctions, 9, [&](NamedFunction& item) {
          item.function = in.Choice<RowFunction>("function", kNames);
          item.name = in.Text("name");
        });
    const bool keep = in.Bool("keep_missing");
    const bool drop_original = in.Bool("drop_original");
    return std::make_unique<MathFeatures>(
        std::move(columns), std::move(functions),
        keep ? MissingCells::kKeep : MissingCells::kRefuse, drop_original);
  }

  static constexpr std::size_t kMaxFunctions = 100;

 private:
  ChosenColumns columns_;
  std::vector<NamedFunction> functions_;
  MissingCells missing_;
  bool drop_original_;
};

RowFunction ParseFunction(const ParameterValue& func, const std::string& name) {
  const auto* place = std::find(kNames.begin(), kNames.end(), name);
  if (place == kNames.end()) {
    std::string known;
    for (const std::string_view item : kNames) {
      known += (known.empty() ? "" : ", ") + std::string(item);
    }
    throw ConfigError({.where = func.where,
                       .expected = "one of " + known,
                       .got = "'" + name + "'"});
  }
  return static_cast<RowFunction>(place - kNames.begin());
}

class MathFeaturesEstimator final : public Estimator {
 public:
  explicit MathFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = RequireVariables(reader);
    if (variables_.size() < 2) {
      throw ConfigError({.where = reader.Required("variables").where,
                         .expected = "at least 2 columns",
                         .got = std::to_string(variables_.size())});
    }
    ReadFunctions(reader);
    missing_ = ReadMissingValues(reader, "raise");
    drop_original_ = reader.Bool("drop_original", false);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    return std::make_unique<MathFeatures>(
        Choose("MathFeatures", inputs, variables_, missing_), functions_,
        missing_, drop_original_);
  }

 private:
  void ReadFunctions(ParameterReader& reader) {
    const ParameterValue& func = reader.Required("func");
    std::string columns;
    for (const std::string& name : variables_) columns += "_" + name;
    for (const std::string& name : reader.Texts("func")) {
      functions_.push_back({ParseFunction(func, name), name + columns});
    }
    const ParameterValue* names = reader.Optional("new_variables_names");
    const std::vector<std::string> given = reader.Texts("new_variables_names");
    if (functions_.empty() || functions_.size() > MathFeatures::kMaxFunctions) {
      throw ConfigError({.where = func.where,
                         .expected = "1 to 100 functions",
                         .got = std::to_string(functions_.size())});
    }
    if (names != nullptr && given.size() != functions_.size()) {
      throw ConfigError({.where = names->where,
                         .expected = std::to_string(functions_.size()) +
                                     " names, one per function",
                         .got = std::to_string(given.size())});
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      functions_[i].name = given[i];
    }
  }

  std::vector<std::string> variables_;
  std::vector<NamedFunction> functions_;
  MissingCells missing_ = MissingCells::kRefuse;
  bool drop_original_ = false;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<MathFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kMathFeatures{"MathFeatures", Configure,
                                       MathFeatures::Load};

}  // namespace tidemill
