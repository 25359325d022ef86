#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/category_counts.h"
#include "tidemill/features/missing_flag.h"
#include "tidemill/features/percentile.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

class FillMissing final : public NumberMap {
 public:
  explicit FillMissing(double fill) : fill_(fill) {}
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (std::isnan(value)) value = fill_;
    }
  }
  bool nondecreasing() const override { return true; }

 private:
  double fill_;
};

/// The kinds that have imputers.
constexpr std::array<std::string_view, 2> kKindNames = {"number", "category"};

/// What one column learned.
struct Learned {
  std::string column;
  ColumnKind kind = ColumnKind::kNumber;
  double number = 0.0;     ///< of a number column
  std::string text;        ///< of a category column
  bool indicator = false;  ///< a column "missingindicator_NAME" is added
};

ExpressionPtr FillCategory(const ExpressionPtr& input,
                           const std::string& text) {
  Column column = input->column;
  auto place =
      std::find(column.categories.begin(), column.categories.end(), text);
  const auto fill =
      static_cast<std::int32_t>(place - column.categories.begin());
  if (place == column.categories.end()) column.categories.push_back(text);
  std::vector<std::int32_t> recode = {kUnseenCode, fill};
  for (std::size_t i = 0; i < input->column.categories.size(); ++i) {
    recode.push_back(static_cast<std::int32_t>(i));
  }
  return MakeRecode(std::move(column), input, std::move(recode));
}

/// Replaces missing values by what it learned of each column; unseen
/// categories stay unseen.
///
/// Missing: never in the output.
/// Source:  scikit-learn SimpleImputer; ties of most_frequent go to the
///          smallest value, indicator columns come last. A column that training
///          saw only missing is refused rather than dropped, unless
///          keep_empty_features is true (0, or fill_value of a category) or a
///          constant fills it.
class SimpleImputer final : public Step {
 public:
  explicit SimpleImputer(std::vector<Learned> learned)
      : learned_(std::move(learned)) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return "SimpleImputer"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Learned& item = learned_[i];
      CheckKind(name(), *inputs[i], item.kind);
      outputs.Add(item.kind == ColumnKind::kNumber
                      ? MakeMap(item.column, inputs[i],
                                std::make_shared<FillMissing>(item.number))
                      : FillCategory(inputs[i], item.text));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (learned_[i].indicator) outputs.Add(MakeMissingFlag(inputs[i]));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Each("columns", learned_, [&](const Learned& item) {
      out.Text("column", item.column);
      out.Choice("kind", item.kind, kKindNames);
      out.Double("number", item.number);
      out.Text("text", item.text);
      out.Bool("indicator", item.indicator);
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<Learned> learned =
        in.Each<Learned>("columns", 65'536, 26, [&](Learned& item) {
          item.column = in.Text("column");
          item.kind = in.Choice<ColumnKind>("kind", kKindNames);
          item.number = in.FiniteDouble("number");
          item.text = in.Text("text", Dictionary::kMaxTextBytes);
          item.indicator = in.Bool("indicator");
        });
    return std::make_unique<SimpleImputer>(std::move(learned));
  }

 private:
  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
};

enum class Strategy { kMean, kMedian, kMostFrequent, kConstant };

std::vector<double> Present(const std::vector<double>& values) {
  std::vector<double> present;
  std::copy_if(values.begin(), values.end(), std::back_inserter(present),
               [](double value) { return !std::isnan(value); });
  return present;
}

double Mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Of equally frequent values the first.
double MostFrequent(const std::vector<double>& sorted) {
  double best = 0.0;
  std::size_t most = 0;
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = first;
    while (end < sorted.size() && sorted[end] == sorted[first]) ++end;
    if (end - first > most) {
      most = end - first;
      best = sorted[first];
    }
    first = end;
  }
  return best;
}

const std::string& MostFrequent(const std::vector<CategoryCount>& sorted) {
  return std::max_element(sorted.begin(), sorted.end(),
                          [](const CategoryCount& a, const CategoryCount& b) {
                            return a.count < b.count;
                          })
      ->text;
}

class SimpleImputerEstimator final : public Estimator {
 public:
  explicit SimpleImputerEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    const std::string strategy = reader.Choice(
        "strategy", "mean", {"mean", "median", "most_frequent", "constant"});
    strategy_ = strategy == "mean"            ? Strategy::kMean
                : strategy == "median"        ? Strategy::kMedian
                : strategy == "most_frequent" ? Strategy::kMostFrequent
                                              : Strategy::kConstant;
    if (const ParameterValue* fill = reader.Optional("fill_value")) {
      fill_text_ = AsText(*fill);
      if (std::holds_alternative<std::string>(fill->value)) {
        fill_is_text_ = true;
      } else {
        fill_number_ = AsDouble(*fill);
      }
    }
    add_indicator_ = reader.Bool("add_indicator", false);
    keep_empty_features_ = reader.Bool("keep_empty_features", false);
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<Learned> learned;
    for (const FrameColumn& column : inputs.columns) {
      learned.push_back(column.column.kind == ColumnKind::kNumber
                            ? FitNumber(column)
                            : FitCategory(column));
    }
    return std::make_unique<SimpleImputer>(std::move(learned));
  }

 private:
  [[noreturn]] static void RefuseEmpty(const std::string& column) {
    throw DataError({.where = "SimpleImputer, column '" + column + "'",
                     .expected = "a value (or strategy: constant, or "
                                 "keep_empty_features: true)",
                     .got = "only missing values"});
  }

  static void RequireFinite(const std::vector<double>& present,
                            const std::string& column) {
    const auto infinite =
        std::find_if(present.begin(), present.end(),
                     [](double value) { return std::isinf(value); });
    if (infinite == present.end()) return;
    throw DataError({.where = "SimpleImputer, column '" + column + "'",
                     .expected = "finite numbers",
                     .got = "an infinity"});
  }

  Learned FitNumber(const FrameColumn& column) const {
    const std::vector<double> present = Present(column.numbers);
    RequireFinite(present, column.column.name);
    Learned item{.column = column.column.name,
                 .kind = ColumnKind::kNumber,
                 .number = 0.0,
                 .text = {},
                 .indicator = false};
    item.indicator = add_indicator_ && present.size() < column.numbers.size();
    if (strategy_ == Strategy::kConstant) {
      if (fill_is_text_) {
        throw ConfigError(
            {.where = "pipeline, SimpleImputer, column '" + item.column + "'",
             .expected = "a number as fill_value",
             .got = "text '" + fill_text_ + "'"});
      }
      item.number = fill_number_;
    } else if (present.empty()) {
      if (!keep_empty_features_) RefuseEmpty(item.column);
    } else if (strategy_ == Strategy::kMean) {
      item.number = Mean(present);
    } else if (strategy_ == Strategy::kMedian) {
      item.number = Median(SortedPresent(present));
    } else {
      item.number = MostFrequent(SortedPresent(present));
    }
    if (!std::isfinite(item.number)) {
      throw DataError({.where = "SimpleImputer, column '" + item.column + "'",
                       .expected = "numbers whose sum is finite",
                       .got = "an overflow"});
    }
    return item;
  }

  Learned FitCategory(const FrameColumn& column) const {
    RequireKind("SimpleImputer", column.column, ColumnKind::kCategory);
    if (strategy_ == Strategy::kMean || strategy_ == Strategy::kMedian) {
      throw ConfigError(
          {.where =
               "pipeline, SimpleImputer, column '" + column.column.name + "'",
           .expected = "strategy most_frequent or constant for "
                       "a category",
           .got = strategy_ == Strategy::kMean ? "mean" : "median"});
    }
    Learned item{.column = column.column.name,
                 .kind = ColumnKind::kCategory,
                 .number = 0.0,
                 .text = fill_text_,
                 .indicator = false};
    const CategoryCounts counts = CountCategories("SimpleImputer", column);
    item.indicator = add_indicator_ && counts.missing > 0;
    if (strategy_ == Strategy::kMostFrequent) {
      if (!counts.categories.empty()) {
        item.text = MostFrequent(counts.categories);
      } else if (!keep_empty_features_) {
        RefuseEmpty(item.column);
      }
    }
    return item;
  }

  Strategy strategy_ = Strategy::kMean;
  double fill_number_ = 0.0;
  std::string fill_text_ = "missing_value";
  bool fill_is_text_ = false;
  bool add_indicator_ = false;
  bool keep_empty_features_ = false;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<SimpleImputerEstimator>(parameters);
}

}  // namespace

extern const StepFactory kSimpleImputer{"SimpleImputer", Configure,
                                        SimpleImputer::Load};

}  // namespace tidemill
