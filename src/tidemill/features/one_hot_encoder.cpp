#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// A column per category costs a table over all of them.
constexpr std::size_t kMaxCategories = 2000;

/// What one column learned.
struct Learned {
  std::string column;
  std::vector<std::string> categories;  ///< sorted, those with a column
  std::string dropped;                  ///< empty unless `has_dropped`
  bool has_dropped = false;
  bool missing_column = false;  ///< missing was seen: it has a column, last
};

/// The table that is 1 at one entry.
std::vector<double> IndicatorTable(std::size_t size, std::size_t entry) {
  std::vector<double> table(size, 0.0);
  table[entry] = 1.0;
  return table;
}

/// One column of 0 and 1 per category; an unseen category is 0 in all.
///
/// Missing: a category of its own, `NAME_None`, when training saw it; else 0
///          in all columns.
/// Source:  scikit-learn OneHotEncoder with handle_unknown="ignore"
///          (an unknown category never rejects an event).
class OneHotEncoder final : public Step {
 public:
  explicit OneHotEncoder(std::vector<Learned> learned)
      : learned_(std::move(learned)) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return "OneHotEncoder"; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(name(), inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(name(), *inputs[i], ColumnKind::kCategory);
      BindOne(learned_[i], inputs[i], outputs);
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.U64(learned_.size());
    for (const Learned& item : learned_) {
      out.Text(item.column);
      out.Texts(item.categories);
      out.Text(item.dropped);
      out.Bool(item.has_dropped);
      out.Bool(item.missing_column);
    }
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<Learned> learned(in.Count(65'536, 26));
    for (Learned& item : learned) {
      item.column = in.Text();
      item.categories = in.Texts();
      if (item.categories.size() > kMaxCategories) {
        in.Refuse("at most " + std::to_string(kMaxCategories) + " categories",
                  std::to_string(item.categories.size()));
      }
      item.dropped = in.Text();
      item.has_dropped = in.Bool();
      item.missing_column = in.Bool();
    }
    return std::make_unique<OneHotEncoder>(std::move(learned));
  }

 private:
  void BindOne(const Learned& item, const ExpressionPtr& input,
               StepOutputs& outputs) const {
    const std::vector<std::string>& known = input->column.categories;
    const std::size_t size = known.size() + 2;
    for (const std::string& category : item.categories) {
      const auto place = std::find(known.begin(), known.end(), category);
      if (place == known.end()) {
        throw ArtifactError(
            {.where = "step OneHotEncoder, column '" + item.column + "'",
             .expected = "the category '" + category + "'",
             .got = "a dictionary without it"});
      }
      const auto code = static_cast<std::size_t>(place - known.begin());
      outputs.Add(MakeTable(item.column + "_" + category, input,
                            IndicatorTable(size, code + 2)));
    }
    if (item.missing_column) {
      outputs.Add(
          MakeTable(item.column + "_None", input, IndicatorTable(size, 1)));
    }
  }

  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
};

enum class Drop { kNone, kFirst, kIfBinary };

class OneHotEncoderEstimator final : public Estimator {
 public:
  explicit OneHotEncoderEstimator(Drop drop) : drop_(drop) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<Learned> learned;
    for (const FrameColumn& column : inputs.columns) {
      RequireKind("OneHotEncoder", column.column, ColumnKind::kCategory);
      learned.push_back(FitOne(column));
    }
    return std::make_unique<OneHotEncoder>(std::move(learned));
  }

 private:
  Learned FitOne(const FrameColumn& column) const {
    Learned item{.column = column.column.name,
                 .categories = {},
                 .dropped = {},
                 .has_dropped = false,
                 .missing_column = false};
    std::vector<bool> seen(column.column.categories.size(), false);
    for (const std::int32_t code : column.codes) {
      if (code >= 0) seen[static_cast<std::size_t>(code)] = true;
      if (code == kMissingCode) item.missing_column = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i]) item.categories.push_back(column.column.categories[i]);
    }
    if (item.categories.size() > kMaxCategories) {
      throw DataError({.where = "OneHotEncoder, column '" + item.column + "'",
                       .expected = "at most " + std::to_string(kMaxCategories) +
                                   " categories (use TargetEncoder for more)",
                       .got = std::to_string(item.categories.size())});
    }
    std::sort(item.categories.begin(), item.categories.end());
    const std::size_t count =
        item.categories.size() + (item.missing_column ? 1 : 0);
    if (!item.categories.empty() &&
        (drop_ == Drop::kFirst || (drop_ == Drop::kIfBinary && count == 2))) {
      item.dropped = item.categories.front();
      item.has_dropped = true;
      item.categories.erase(item.categories.begin());
    }
    return item;
  }

  Drop drop_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const std::string drop =
      reader.Choice("drop", "none", {"none", "first", "if_binary"});
  reader.Choice("handle_unknown", "ignore", {"ignore"});
  reader.Finish();
  return std::make_unique<OneHotEncoderEstimator>(drop == "first" ? Drop::kFirst
                                                  : drop == "if_binary"
                                                      ? Drop::kIfBinary
                                                      : Drop::kNone);
}

}  // namespace

extern const StepFactory kOneHotEncoder{"OneHotEncoder", Configure,
                                        OneHotEncoder::Load};

}  // namespace tidemill
