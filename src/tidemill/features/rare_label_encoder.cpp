#include <algorithm>
#include <functional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/category_counts.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "RareLabelEncoder";

/// What one column learned.
struct Learned {
  std::string column;
  std::vector<std::string> frequent;  ///< sorted
};

/// Replaces rare and unseen categories by one name; stays a category.
///
/// Missing: stays missing, and counts in no share.
/// Source:  Feature-engine RareLabelEncoder with missing_values="ignore". Of
///          equally frequent categories the one that stands first is kept.
class RareLabelEncoder final : public Step {
 public:
  RareLabelEncoder(std::vector<Learned> learned, std::string replace_with)
      : learned_(std::move(learned)), replace_with_(std::move(replace_with)) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kCategory);
      outputs.Add(BindOne(learned_[i], inputs[i]));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Text("replace_with", replace_with_);
    out.Each("columns", learned_, [&](const Learned& item) {
      out.Text("column", item.column);
      out.Texts("frequent", item.frequent);
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::string replace_with =
        in.Text("replace_with", Dictionary::kMaxTextBytes);
    std::vector<Learned> learned =
        in.Each<Learned>("columns", kMaxColumns, 16, [&](Learned& item) {
          item.column = in.Text("column");
          item.frequent = in.Texts("frequent");
          if (std::adjacent_find(item.frequent.begin(), item.frequent.end(),
                                 std::greater_equal<>()) !=
              item.frequent.end()) {
            in.Refuse("categories that are sorted, each once", "others");
          }
        });
    return std::make_unique<RareLabelEncoder>(std::move(learned),
                                              std::move(replace_with));
  }

 private:
  /// The dictionary that it makes holds the frequent categories that the
  /// input's has, and the name of the rare ones.
  ExpressionPtr BindOne(const Learned& item, const ExpressionPtr& input) const {
    Column column{.name = item.column,
                  .kind = ColumnKind::kCategory,
                  .categories = {replace_with_}};
    std::vector<std::int32_t> recode = {0, kMissingCode};
    for (const std::string& text : input->column.categories) {
      if (text == replace_with_ ||
          !std::binary_search(item.frequent.begin(), item.frequent.end(),
                              text)) {
        recode.push_back(0);
        continue;
      }
      recode.push_back(static_cast<std::int32_t>(column.categories.size()));
      column.categories.push_back(text);
    }
    return MakeRecode(std::move(column), input, std::move(recode));
  }

  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
  std::string replace_with_;
};

struct Parameters {
  double tol = 0.05;
  std::size_t n_categories = 10;
  std::size_t max_n_categories = 0;  ///< 0: as many as there are
  std::string replace_with = "Rare";
};

class RareLabelEncoderEstimator final : public Estimator {
 public:
  explicit RareLabelEncoderEstimator(Parameters parameters)
      : parameters_(std::move(parameters)) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    std::vector<Learned> learned;
    for (const FrameColumn& column : inputs.columns) {
      CategoryCounts counts = CountCategories(kName, column);
      const std::size_t distinct =
          counts.categories.size() + (counts.missing > 0 ? 1 : 0);
      if (distinct > parameters_.n_categories) {
        KeepFrequent(counts.categories);
      } else {
        context.Warn("RareLabelEncoder: column '" + column.column.name +
                     "' has no more than n_categories (" +
                     std::to_string(parameters_.n_categories) +
                     "); all of them are kept");
      }
      Learned& item = learned.emplace_back();
      item.column = column.column.name;
      for (CategoryCount& one : counts.categories) {
        item.frequent.push_back(std::move(one.text));
      }
      std::sort(item.frequent.begin(), item.frequent.end());
    }
    return std::make_unique<RareLabelEncoder>(std::move(learned),
                                              parameters_.replace_with);
  }

 private:
  void KeepFrequent(std::vector<CategoryCount>& categories) const {
    std::size_t total = 0;
    for (const CategoryCount& one : categories) total += one.count;
    std::erase_if(categories, [&](const CategoryCount& one) {
      return static_cast<double>(one.count) / static_cast<double>(total) <
             parameters_.tol;
    });
    if (parameters_.max_n_categories == 0 ||
        categories.size() <= parameters_.max_n_categories) {
      return;
    }
    std::sort(categories.begin(), categories.end(),
              [](const CategoryCount& a, const CategoryCount& b) {
                return a.count != b.count ? a.count > b.count
                                          : a.first_row < b.first_row;
              });
    categories.resize(parameters_.max_n_categories);
  }

  Parameters parameters_;
};

EstimatorPtr Configure(const ParameterValue& value) {
  ParameterReader reader(value);
  Parameters parameters;
  const auto refuse = [&](const char* name, const char* expected) {
    throw ConfigError({.where = reader.PlaceOf(name),
                       .expected = expected,
                       .got = Describe(*reader.Optional(name))});
  };
  parameters.tol = reader.Double("tol", parameters.tol);
  if (parameters.tol < 0.0 || parameters.tol > 1.0) {
    refuse("tol", "a share from 0 to 1");
  }
  const std::int64_t n_categories = reader.Integer("n_categories", 10);
  if (n_categories < 0) refuse("n_categories", "a whole number >= 0");
  parameters.n_categories = static_cast<std::size_t>(n_categories);
  if (reader.Optional("max_n_categories") != nullptr) {
    const std::int64_t most = reader.Integer("max_n_categories", 0);
    if (most < 1) refuse("max_n_categories", "a whole number >= 1");
    parameters.max_n_categories = static_cast<std::size_t>(most);
  }
  parameters.replace_with =
      reader.Text("replace_with", parameters.replace_with);
  if (parameters.replace_with.size() > Dictionary::kMaxTextBytes) {
    refuse("replace_with", "a text of at most 65536 bytes");
  }
  reader.Choice("missing_values", "ignore", {"ignore"});
  reader.Finish();
  return std::make_unique<RareLabelEncoderEstimator>(std::move(parameters));
}

}  // namespace

extern const StepFactory kRareLabelEncoder{"RareLabelEncoder", Configure,
                                           RareLabelEncoder::Load};

}  // namespace tidemill
