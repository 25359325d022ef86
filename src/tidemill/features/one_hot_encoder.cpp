#include <algorithm>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/category_groups.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "OneHotEncoder";

/// A column per category costs a table over all of them.
constexpr std::size_t kMaxCategories = 2000;

/// What one column learned. Its output columns are the frequent categories,
/// then missing, then the rare ones together; one may be dropped.
struct Learned {
  CategoryGroups groups;
  std::optional<std::size_t> dropped;  ///< which of the output columns

  bool has_missing_column() const {
    return groups.missing == CategoryGroups::Missing::kOwnPlace;
  }
  std::size_t num_columns() const {
    return groups.frequent.size() + (has_missing_column() ? 1 : 0) +
           (groups.has_rare() ? 1 : 0);
  }
  std::string NameOf(std::size_t column) const {
    if (column < groups.frequent.size()) {
      return groups.column + "_" + groups.frequent[column];
    }
    const bool missing =
        has_missing_column() && column == groups.frequent.size();
    return groups.column + "_" +
           FreeText(missing ? "None" : "infrequent_sklearn");
  }
  /// The text, or one behind it with underscores when it is a category.
  std::string FreeText(std::string text) const {
    while (std::find(groups.frequent.begin(), groups.frequent.end(), text) !=
           groups.frequent.end()) {
      text += '_';
    }
    return text;
  }
  /// The output column of one of PlacesIn's answers; num_columns() for none.
  std::size_t ColumnOf(std::int32_t place, bool unknown_is_rare) const {
    if (place >= 0) return static_cast<std::size_t>(place);
    if (place == CategoryGroups::kMissingPlace) return groups.frequent.size();
    const bool rare =
        place == CategoryGroups::kRarePlace ||
        (place == CategoryGroups::kUnknownPlace && unknown_is_rare);
    return num_columns() - (rare && groups.has_rare() ? 1 : 0);
  }
};

/// One column of 0 and 1 per category.
///
/// Missing: a category of its own, `NAME_None` (`NAME_None_` beside a category
///          "None"), when training saw it.
/// Unknown: 0 in all columns, or in `NAME_infrequent_sklearn` when
///          handle_unknown is infrequent_if_exist and there are rare ones.
/// Source:  scikit-learn OneHotEncoder (an unknown category never rejects an
///          event, so `error` is not to be had).
class OneHotEncoder final : public Step {
 public:
  OneHotEncoder(std::vector<Learned> learned, bool unknown_is_rare)
      : learned_(std::move(learned)), unknown_is_rare_(unknown_is_rare) {
    for (const Learned& item : learned_) columns_.push_back(item.groups.column);
  }

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kCategory);
      BindOne(learned_[i], inputs[i], outputs);
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Bool("unknown_is_rare", unknown_is_rare_);
    out.Each("columns", learned_, [&](const Learned& item) {
      item.groups.Save(out);
      out.Bool("drops", item.dropped.has_value());
      out.U64("dropped", item.dropped.value_or(0));
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    const bool unknown_is_rare = in.Bool("unknown_is_rare");
    std::vector<Learned> learned =
        in.Each<Learned>("columns", kMaxColumns, 35, [&](Learned& item) {
          item.groups = CategoryGroups::Load(in);
          if (item.groups.frequent.size() > kMaxCategories) {
            in.Refuse(
                "at most " + std::to_string(kMaxCategories) + " categories",
                std::to_string(item.groups.frequent.size()));
          }
          const bool drops = in.Bool("drops");
          const std::uint64_t dropped = in.U64("dropped");
          if (dropped >= (drops ? item.num_columns() : 1)) {
            in.Refuse(
                "one of " + std::to_string(item.num_columns()) + " columns",
                std::to_string(dropped));
          }
          if (drops) item.dropped = dropped;
        });
    return std::make_unique<OneHotEncoder>(std::move(learned), unknown_is_rare);
  }

 private:
  void BindOne(const Learned& item, const ExpressionPtr& input,
               StepOutputs& outputs) const {
    // Work over a dictionary is counted by the columns that come of it.
    if (item.num_columns() == (item.dropped ? 1U : 0U)) return;
    std::vector<std::size_t> columns;
    for (const std::int32_t place :
         item.groups.PlacesIn(kName, input->column.categories)) {
      columns.push_back(item.ColumnOf(place, unknown_is_rare_));
    }
    for (std::size_t column = 0; column < item.num_columns(); ++column) {
      if (item.dropped == column) continue;
      std::vector<double> table(columns.size(), 0.0);
      for (std::size_t entry = 0; entry < table.size(); ++entry) {
        if (columns[entry] == column) table[entry] = 1.0;
      }
      outputs.Add(MakeTable(item.NameOf(column), input, std::move(table)));
    }
  }

  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
  bool unknown_is_rare_;
};

/// The parameter `drop`.
class Drop {
 public:
  explicit Drop(ParameterReader& reader) : where_(reader.PlaceOf("drop")) {
    const ParameterValue* value = reader.Optional("drop");
    if (value == nullptr) return;
    if (value->list() == nullptr) {
      const std::string how =
          reader.Choice("drop", "none", {"none", "first", "if_binary"});
      first_ = how == "first";
      if_binary_ = how == "if_binary";
      return;
    }
    listed_.emplace();
    for (const ParameterValue& item : *value->list()) {
      listed_->push_back(item.is_null() ? std::nullopt
                                        : std::optional(AsText(item)));
    }
  }

  void RequireList(std::size_t columns) const {
    if (!listed_ || listed_->size() == columns) return;
    throw ConfigError({.where = where_,
                       .expected = "a category for each of " +
                                   std::to_string(columns) + " columns",
                       .got = std::to_string(listed_->size()) + " categories"});
  }

  /// Which output column of the `number`th input is dropped.
  std::optional<std::size_t> Choose(const Learned& item,
                                    std::size_t number) const {
    const std::size_t count = item.num_columns();
    if (listed_) return Find(item, (*listed_)[number]);
    if ((first_ && count > 0) || (if_binary_ && count == 2)) return 0;
    return std::nullopt;
  }

 private:
  std::size_t Find(const Learned& item,
                   const std::optional<std::string>& category) const {
    const std::vector<std::string>& frequent = item.groups.frequent;
    if (!category && item.has_missing_column()) return frequent.size();
    const auto place =
        category ? std::find(frequent.begin(), frequent.end(), *category)
                 : frequent.end();
    if (place != frequent.end()) {
      return static_cast<std::size_t>(place - frequent.begin());
    }
    throw ConfigError({.where = where_,
                       .expected = "a category of column '" +
                                   item.groups.column +
                                   "' that is not among the infrequent ones",
                       .got = category ? "'" + *category + "'" : "null"});
  }

  std::string where_;
  bool first_ = false;
  bool if_binary_ = false;
  /// Per column; nothing stands for missing.
  std::optional<std::vector<std::optional<std::string>>> listed_;
};

class OneHotEncoderEstimator final : public Estimator {
 public:
  OneHotEncoderEstimator(Drop drop, CategoryGrouping grouping,
                         bool unknown_is_rare)
      : drop_(std::move(drop)),
        grouping_(std::move(grouping)),
        unknown_is_rare_(unknown_is_rare) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    RequireCategories(inputs);
    grouping_.RequireLists(inputs.columns.size());
    drop_.RequireList(inputs.columns.size());
    std::vector<Learned> learned;
    for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
      Learned& item = learned.emplace_back();
      item.groups = grouping_.Group(kName, inputs.columns[i], i, true);
      RequireFew(item.groups);
      item.dropped = drop_.Choose(item, i);
    }
    return std::make_unique<OneHotEncoder>(std::move(learned),
                                           unknown_is_rare_);
  }

 private:
  static void RequireCategories(const Frame& inputs) {
    for (const FrameColumn& column : inputs.columns) {
      if (column.column.kind != ColumnKind::kNumber) {
        RequireKind(kName, column.column, ColumnKind::kCategory);
        continue;
      }
      throw ConfigError(
          {.where =
               "pipeline, OneHotEncoder, column '" + column.column.name + "'",
           .expected = "a category column (make it one in the schema, or use "
                       "NumbersAsCategories)",
           .got = "a number column"});
    }
  }

  static void RequireFew(const CategoryGroups& groups) {
    if (groups.frequent.size() <= kMaxCategories) return;
    throw DataError({.where = "OneHotEncoder, column '" + groups.column + "'",
                     .expected = "at most " + std::to_string(kMaxCategories) +
                                 " categories (group them by min_frequency or "
                                 "max_categories, or use TargetEncoder)",
                     .got = std::to_string(groups.frequent.size())});
  }

  Drop drop_;
  CategoryGrouping grouping_;
  bool unknown_is_rare_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  Drop drop(reader);
  CategoryGrouping grouping(reader);
  const std::string unknown = reader.Choice(
      "handle_unknown", "ignore", {"ignore", "infrequent_if_exist", "warn"});
  reader.Finish();
  return std::make_unique<OneHotEncoderEstimator>(
      std::move(drop), std::move(grouping), unknown != "ignore");
}

}  // namespace

extern const StepFactory kOneHotEncoder{"OneHotEncoder", Configure,
                                        OneHotEncoder::Load};

}  // namespace tidemill
