#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/category_counts.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "CountFrequencyEncoder";

/// What one column learned.
struct Learned {
  std::string column;
  std::vector<std::string> categories;
  std::vector<double> encodings;  ///< one per category
};

/// Replaces a category by how often training saw it, as a count of rows or as
/// a share of those that are not missing.
///
/// Missing: stays missing, or is 0 with unseen: encode; an unseen category
///          likewise.
/// Source:  Feature-engine CountFrequencyEncoder with
///          missing_values="ignore".
class CountFrequencyEncoder final : public Step {
 public:
  CountFrequencyEncoder(std::vector<Learned> learned, bool unseen_is_zero)
      : learned_(std::move(learned)), unseen_is_zero_(unseen_is_zero) {
    for (const Learned& item : learned_) columns_.push_back(item.column);
  }

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    const double unseen =
        unseen_is_zero_ ? 0.0 : std::numeric_limits<double>::quiet_NaN();
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      CheckKind(kName, *inputs[i], ColumnKind::kCategory);
      const Learned& item = learned_[i];
      const Dictionary known(item.categories);
      std::vector<double> table = {unseen, unseen};
      for (const std::string& category : inputs[i]->column.categories) {
        const std::int32_t code = known.Find(category);
        table.push_back(
            code < 0 ? unseen : item.encodings[static_cast<std::size_t>(code)]);
      }
      outputs.Add(MakeTable(item.column, inputs[i], std::move(table)));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Bool("unseen_is_zero", unseen_is_zero_);
    out.Each("columns", learned_, [&](const Learned& item) {
      out.Text("column", item.column);
      out.Texts("categories", item.categories);
      out.Doubles("encodings", item.encodings);
    });
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    const bool unseen_is_zero = in.Bool("unseen_is_zero");
    std::vector<Learned> learned =
        in.Each<Learned>("columns", kMaxColumns, 24, [&](Learned& item) {
          item.column = in.Text("column");
          item.categories = in.Texts("categories");
          item.encodings = in.FiniteDoubles("encodings");
          if (item.encodings.size() != item.categories.size()) {
            in.Refuse("an encoding per category",
                      std::to_string(item.encodings.size()));
          }
        });
    return std::make_unique<CountFrequencyEncoder>(std::move(learned),
                                                   unseen_is_zero);
  }

 private:
  std::vector<Learned> learned_;
  std::vector<std::string> columns_;
  bool unseen_is_zero_;
};

class CountFrequencyEncoderEstimator final : public Estimator {
 public:
  CountFrequencyEncoderEstimator(bool shares, bool unseen_is_zero)
      : shares_(shares), unseen_is_zero_(unseen_is_zero) {}

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<Learned> learned;
    for (const FrameColumn& column : inputs.columns) {
      CategoryCounts counts = CountCategories(kName, column);
      std::size_t total = 0;
      for (const CategoryCount& one : counts.categories) total += one.count;
      Learned& item = learned.emplace_back();
      item.column = column.column.name;
      for (CategoryCount& one : counts.categories) {
        const auto count = static_cast<double>(one.count);
        item.categories.push_back(std::move(one.text));
        item.encodings.push_back(shares_ ? count / static_cast<double>(total)
                                         : count);
      }
    }
    return std::make_unique<CountFrequencyEncoder>(std::move(learned),
                                                   unseen_is_zero_);
  }

 private:
  bool shares_;
  bool unseen_is_zero_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const std::string method =
      reader.Choice("encoding_method", "count", {"count", "frequency"});
  const std::string unseen =
      reader.Choice("unseen", "ignore", {"ignore", "encode"});
  reader.Choice("missing_values", "ignore", {"ignore"});
  reader.Finish();
  return std::make_unique<CountFrequencyEncoderEstimator>(method == "frequency",
                                                          unseen == "encode");
}

}  // namespace

extern const StepFactory kCountFrequencyEncoder{
    "CountFrequencyEncoder", Configure, CountFrequencyEncoder::Load};

}  // namespace tidemill
