#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// sin or cos of x * factor.
class CircleMap final : public NumberMap {
 public:
  enum class Form { kSine, kCosine };
  CircleMap(double factor, Form form) : factor_(factor), form_(form) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      const double angle = value * factor_;
      value = form_ == Form::kSine ? std::sin(angle) : std::cos(angle);
    }
  }
  bool nondecreasing() const override { return false; }

 private:
  double factor_;
  Form form_;
};

/// Where a number stands on the circle that ends at the column's greatest
/// value: sin and cos of 2 pi x / max, beside the columns.
///
/// Outputs: NAME_sin and NAME_cos of each column in turn.
/// Missing: NaN in both; none may be there when fitting.
/// Source:  Feature-engine CyclicalFeatures.
class CyclicalFeatures final : public Step {
 public:
  /// `max_values` per chosen column, finite and not 0.
  CyclicalFeatures(ChosenColumns columns, std::vector<double> max_values,
                   bool drop_original)
      : columns_(std::move(columns)),
        max_values_(std::move(max_values)),
        drop_original_(drop_original) {}

  std::string_view name() const override { return "CyclicalFeatures"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    using Form = CircleMap::Form;
    columns_.Check(name(), inputs);
    StepOutputs outputs;
    if (drop_original_) {
      outputs.Add(ChosenColumns::Without(inputs, columns_.chosen));
    } else {
      outputs.Add(inputs);
    }
    for (std::size_t i = 0; i < max_values_.size(); ++i) {
      const ExpressionPtr& input = inputs[columns_.chosen[i]];
      const double factor = 2.0 * std::numbers::pi / max_values_[i];
      const auto add = [&](Form form, const char* suffix) {
        outputs.Add(MakeMap(input->column.name + suffix, input,
                            std::make_shared<CircleMap>(factor, form)));
      };
      add(Form::kSine, "_sin");
      add(Form::kCosine, "_cos");
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    columns_.Save(out);
    out.Doubles("max_values", max_values_);
    out.Bool("drop_original", drop_original_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    ChosenColumns columns = ChosenColumns::Load(in);
    std::vector<double> max_values = in.FiniteDoubles("max_values");
    if (max_values.size() != columns.chosen.size() ||
        std::count(max_values.begin(), max_values.end(), 0.0) > 0) {
      in.Refuse("a greatest value other than 0 for each of " +
                    std::to_string(columns.chosen.size()) + " columns",
                std::to_string(max_values.size()) + ", or a 0 among them");
    }
    const bool drop_original = in.Bool("drop_original");
    return std::make_unique<CyclicalFeatures>(
        std::move(columns), std::move(max_values), drop_original);
  }

 private:
  ChosenColumns columns_;
  std::vector<double> max_values_;
  bool drop_original_;
};

class CyclicalFeaturesEstimator final : public Estimator {
 public:
  explicit CyclicalFeaturesEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    variables_ = ReadVariables(reader);
    const NumbersByName given = ReadNumbersByName(reader, "max_values");
    if (!given.empty()) {
      // As in the origin: the map's columns are the variables.
      variables_.emplace();
      for (const auto& [name, number] : given) {
        variables_->push_back(name);
        max_values_.push_back(number);
      }
    }
    drop_original_ = reader.Bool("drop_original", false);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    ChosenColumns columns =
        Choose("CyclicalFeatures", inputs, variables_, MissingCells::kRefuse);
    std::vector<double> max_values = max_values_;
    if (max_values.empty()) {
      for (const std::size_t place : columns.chosen) {
        const std::vector<double>& numbers = inputs.columns[place].numbers;
        max_values.push_back(*std::max_element(numbers.begin(), numbers.end()));
      }
    }
    for (std::size_t i = 0; i < max_values.size(); ++i) {
      if (max_values[i] != 0.0) continue;
      throw DataError({.where = "CyclicalFeatures, column '" +
                                std::string(columns.name(i)) + "'",
                       .expected = "a greatest value other than 0",
                       .got = "0"});
    }
    return std::make_unique<CyclicalFeatures>(
        std::move(columns), std::move(max_values), drop_original_);
  }

 private:
  std::optional<std::vector<std::string>> variables_;
  std::vector<double> max_values_;  ///< per variable; empty = learn
  bool drop_original_ = false;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<CyclicalFeaturesEstimator>(parameters);
}

}  // namespace

extern const StepFactory kCyclicalFeatures{"CyclicalFeatures", Configure,
                                           CyclicalFeatures::Load};

}  // namespace tidemill
