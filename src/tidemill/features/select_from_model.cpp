#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/finite_columns.h"
#include "tidemill/features/keep_columns.h"
#include "tidemill/features/percentile.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "SelectFromModel";

/// A number, or a number times the importances' mean or median.
struct Threshold {
  enum class Of { kNumber, kMean, kMedian };
  Of of = Of::kMean;
  double number = 1.0;

  double ValueFor(const std::vector<double>& importances) const {
    switch (of) {
      case Of::kNumber:
        return number;
      case Of::kMedian:
        return number * Median(SortedPresent(importances));
      case Of::kMean:
        break;
    }
    double sum = 0.0;
    for (const double importance : importances) sum += importance;
    return number * (sum / static_cast<double>(importances.size()));
  }
};

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// "mean", "median" or a number times one of them.
std::optional<Threshold> ParseThreshold(std::string_view text) {
  Threshold threshold;
  if (const std::size_t star = text.find('*'); star != text.npos) {
    const auto factor = ParseNumber<double>(Trimmed(text.substr(0, star)));
    if (!factor || !std::isfinite(*factor)) return std::nullopt;
    threshold.number = *factor;
    text = Trimmed(text.substr(star + 1));
  }
  if (text != "mean" && text != "median") return std::nullopt;
  threshold.of = text == "mean" ? Threshold::Of::kMean : Threshold::Of::kMedian;
  return threshold;
}

/// True for a model whose penalty makes coefficients 0.
bool HasL1Penalty(const std::string& model, const ParameterValue& parameters) {
  if (model.find("Lasso") != std::string::npos) return true;
  if (const ParameterValue* penalty = parameters.Find("penalty")) {
    const auto* text = std::get_if<std::string>(&penalty->value);
    if (text != nullptr && *text == "l1") return true;
  }
  if (model != "ElasticNet" && model != "LogisticRegression") return false;
  const ParameterValue* ratio = parameters.Find("l1_ratio");
  return ratio != nullptr && !ratio->is_null() && AsDouble(*ratio) == 1.0;
}

/// Keeps the columns that a model finds important: those of a linear model by
/// the size of their coefficients, those of boosted trees by their mean gain.
///
/// Missing: refused unless the model takes it.
/// Errors:  ConfigError and DataError as the model gives them.
/// Source:  scikit-learn SelectFromModel, prefit off, importance_getter auto.
class SelectFromModel final : public Estimator {
 public:
  explicit SelectFromModel(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const auto [model, of_model] =
        NameAndParameters(reader.Required("estimator"), "a model");
    model_ = model;
    parameters_ = *of_model;
    ReadThreshold(reader);
    if (const ParameterValue* value = reader.Optional("max_features")) {
      const std::int64_t limit = AsInteger(*value);
      if (limit < 1) {
        throw ConfigError({.where = value->where,
                           .expected = "a number of columns, at least 1",
                           .got = std::to_string(limit)});
      }
      max_features_ = static_cast<std::size_t>(limit);
    }
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    if (context.importances == nullptr) {
      throw ConfigError({.where = "pipeline, " + std::string(kName),
                         .expected = "a training run, which knows the models",
                         .got = "none"});
    }
    for (const FrameColumn& column : inputs.columns) {
      RequireFinite(kName, column, true);
    }
    const std::vector<double> importances =
        context.importances->Fit(model_, parameters_, inputs, context);
    std::vector<std::string> kept;
    for (const std::size_t place : Choose(importances)) {
      kept.push_back(inputs.columns[place].column.name);
    }
    if (kept.empty()) {
      throw DataError(
          {.where = std::string(kName),
           .expected = "a column whose importance reaches the threshold",
           .got = "none of " + std::to_string(importances.size())});
    }
    return KeepColumns(kName, std::move(kept));
  }

 private:
  void ReadThreshold(ParameterReader& reader) {
    if (HasL1Penalty(model_, parameters_)) {
      threshold_ = {.of = Threshold::Of::kNumber, .number = 1e-5};
    }
    const ParameterValue* value = reader.Optional("threshold");
    if (value == nullptr) return;
    if (const auto* text = std::get_if<std::string>(&value->value)) {
      const std::optional<Threshold> threshold = ParseThreshold(*text);
      if (!threshold) {
        throw ConfigError(
            {.where = value->where,
             .expected = "mean, median, a number or, e.g., \"1.25*mean\"",
             .got = Describe(*value)});
      }
      threshold_ = *threshold;
    } else {
      threshold_ = {.of = Threshold::Of::kNumber, .number = AsDouble(*value)};
    }
  }

  /// The places, rising, of the most important columns.
  std::vector<std::size_t> Choose(
      const std::vector<double>& importances) const {
    std::vector<std::size_t> places(importances.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    if (max_features_ && *max_features_ < places.size()) {
      std::stable_sort(places.begin(), places.end(),
                       [&](std::size_t a, std::size_t b) {
                         return importances[a] > importances[b];
                       });
      places.resize(*max_features_);
      std::sort(places.begin(), places.end());
    }
    const double threshold = threshold_.ValueFor(importances);
    std::erase_if(places, [&](std::size_t place) {
      return importances[place] < threshold;
    });
    return places;
  }

  std::string model_;
  ParameterValue parameters_;
  Threshold threshold_;
  std::optional<std::size_t> max_features_;
};

}  // namespace

extern const StepFactory kSelectFromModel{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<SelectFromModel>(parameters);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns(kName, in);
    }};

}  // namespace tidemill
