#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "tidemill/core/dictionary.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/features/chosen_columns.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "NumbersAsCategories";

/// The numbers of one column that are categories, rising, and their texts.
struct NumberCategories {
  std::vector<double> numbers;
  std::vector<std::string> categories;
};

class PlaceInNumbers final : public NumberCoder {
 public:
  explicit PlaceInNumbers(std::vector<double> numbers)
      : numbers_(std::move(numbers)) {}

  void Apply(std::span<const double> values,
             std::span<std::int32_t> codes) const override {
    for (std::size_t i = 0; i < values.size(); ++i) codes[i] = Code(values[i]);
  }

 private:
  std::int32_t Code(double value) const {
    if (std::isnan(value)) return kMissingCode;
    const auto place =
        std::lower_bound(numbers_.begin(), numbers_.end(), value);
    return place != numbers_.end() && *place == value
               ? static_cast<std::int32_t>(place - numbers_.begin())
               : kUnseenCode;
  }

  std::vector<double> numbers_;
};

/// Turns number columns into category columns, for the encoders that follow:
/// each number that training saw is a category.
///
/// Missing: stays missing.
/// Unseen:  a number that training did not see is an unseen category.
class NumbersAsCategories final : public Step {
 public:
  NumbersAsCategories(ChosenColumns columns,
                      std::vector<NumberCategories> tables)
      : columns_(std::move(columns)), tables_(std::move(tables)) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    columns_.Check(kName, inputs);
    std::vector<ExpressionPtr> made(inputs.begin(), inputs.end());
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      ExpressionPtr& column = made[columns_.chosen[i]];
      column = MakeCode({.name = column->column.name,
                         .kind = ColumnKind::kCategory,
                         .categories = tables_[i].categories},
                        column,
                        std::make_shared<PlaceInNumbers>(tables_[i].numbers));
    }
    StepOutputs outputs;
    outputs.Add(made);
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    columns_.Save(out);
    out.Each("tables", tables_, [&](const NumberCategories& table) {
      out.Doubles("numbers", table.numbers);
      out.Texts("categories", table.categories);
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    ChosenColumns columns = ChosenColumns::Load(in);
    auto tables = in.Each<NumberCategories>(
        "tables", kMaxColumns, 16, [&](NumberCategories& table) {
          table.numbers = in.FiniteDoubles("numbers");
          table.categories = in.Texts("categories");
          CheckTable(in, table);
        });
    if (tables.size() != columns.chosen.size()) {
      in.Refuse("a table for each of " + std::to_string(columns.chosen.size()) +
                    " columns",
                std::to_string(tables.size()));
    }
    return std::make_unique<NumbersAsCategories>(std::move(columns),
                                                 std::move(tables));
  }

 private:
  static void CheckTable(const ArtifactReader& in,
                         const NumberCategories& table) {
    if (table.categories.size() != table.numbers.size()) {
      in.Refuse("a text for each of " + std::to_string(table.numbers.size()) +
                    " numbers",
                std::to_string(table.categories.size()));
    }
    if (std::adjacent_find(table.numbers.begin(), table.numbers.end(),
                           std::greater_equal<>()) != table.numbers.end()) {
      in.Refuse("numbers that rise", "others");
    }
    // Throws on a text that stands twice or is too long.
    const Dictionary texts(table.categories);
  }

  ChosenColumns columns_;
  std::vector<NumberCategories> tables_;
};

class NumbersAsCategoriesEstimator final : public Estimator {
 public:
  explicit NumbersAsCategoriesEstimator(
      std::optional<std::vector<std::string>> variables)
      : variables_(std::move(variables)) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    ChosenColumns columns =
        Choose(kName, inputs, variables_, MissingCells::kKeep);
    std::vector<NumberCategories> tables;
    for (const std::size_t place : columns.chosen) {
      tables.push_back(Learn(inputs.columns[place]));
    }
    return std::make_unique<NumbersAsCategories>(std::move(columns),
                                                 std::move(tables));
  }

 private:
  static NumberCategories Learn(const FrameColumn& column) {
    NumberCategories learned;
    for (const double value : column.numbers) {
      if (std::isinf(value)) {
        throw DataError({.where = std::string(kName) + ", column '" +
                                  column.column.name + "'",
                         .expected = "finite numbers",
                         .got = "an infinity"});
      }
      // -0.0 and 0.0 are one category.
      if (!std::isnan(value)) learned.numbers.push_back(value + 0.0);
    }
    std::sort(learned.numbers.begin(), learned.numbers.end());
    learned.numbers.erase(
        std::unique(learned.numbers.begin(), learned.numbers.end()),
        learned.numbers.end());
    for (const double value : learned.numbers) {
      learned.categories.push_back(NumberText(value));
    }
    return learned;
  }

  std::optional<std::vector<std::string>> variables_;
};

}  // namespace

extern const StepFactory kNumbersAsCategories{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      ParameterReader reader(parameters);
      std::optional<std::vector<std::string>> variables = ReadVariables(reader);
      reader.Finish();
      return std::make_unique<NumbersAsCategoriesEstimator>(
          std::move(variables));
    },
    NumbersAsCategories::Load};

}  // namespace tidemill
