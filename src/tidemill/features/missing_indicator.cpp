#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/missing_flag.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "MissingIndicator";

/// Replaces columns of any kind by 1 where they are missing, else 0.
///
/// Missing: never in the output; an unseen category is not missing.
/// Source:  scikit-learn MissingIndicator with error_on_new=False (a column
///          that starts to miss values never rejects an event).
class MissingIndicator final : public Step {
 public:
  /// `shown` holds 1 for the columns that have an indicator.
  MissingIndicator(std::vector<std::string> columns,
                   std::vector<std::uint8_t> shown)
      : columns_(std::move(columns)), shown_(std::move(shown)) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    CheckInputs(kName, inputs, columns_);
    StepOutputs outputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (shown_[i] != 0) outputs.Add(MakeMissingFlag(inputs[i]));
    }
    return outputs.Take();
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
    out.U8s("shown", shown_);
  }

  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    std::vector<std::string> columns = in.Texts("columns");
    std::vector<std::uint8_t> shown = in.U8s("shown");
    if (shown.size() != columns.size() ||
        std::any_of(shown.begin(), shown.end(),
                    [](std::uint8_t one) { return one > 1; })) {
      in.Refuse(
          "0 or 1 for each of " + std::to_string(columns.size()) + " columns",
          "others");
    }
    return std::make_unique<MissingIndicator>(std::move(columns),
                                              std::move(shown));
  }

 private:
  std::vector<std::string> columns_;
  std::vector<std::uint8_t> shown_;
};

bool HasMissing(const FrameColumn& column) {
  const auto any = [](const auto& values, auto missing) {
    return std::any_of(values.begin(), values.end(), missing);
  };
  return any(column.numbers, [](double v) { return std::isnan(v); }) ||
         any(column.codes, [](std::int32_t v) { return v == kMissingCode; }) ||
         any(column.timestamps, [](Timestamp v) { return v.missing(); }) ||
         any(column.texts,
             [](std::string_view v) { return v.data() == nullptr; });
}

class MissingIndicatorEstimator final : public Estimator {
 public:
  explicit MissingIndicatorEstimator(bool all) : all_(all) {}

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    std::vector<std::string> columns;
    std::vector<std::uint8_t> shown;
    for (const FrameColumn& column : inputs.columns) {
      columns.push_back(column.column.name);
      shown.push_back(all_ || HasMissing(column) ? 1 : 0);
    }
    if (std::find(shown.begin(), shown.end(), 1) == shown.end()) {
      context.Warn(
          "MissingIndicator: no column misses values, so that there is none "
          "in its output");
    }
    return std::make_unique<MissingIndicator>(std::move(columns),
                                              std::move(shown));
  }

 private:
  bool all_;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader reader(parameters);
  const std::string features =
      reader.Choice("features", "missing-only", {"missing-only", "all"});
  if (reader.Bool("error_on_new", false)) {
    throw ConfigError(
        {.where = reader.PlaceOf("error_on_new"),
         .expected = "false: no event is rejected for a missing value",
         .got = "true"});
  }
  reader.Finish();
  return std::make_unique<MissingIndicatorEstimator>(features == "all");
}

}  // namespace

extern const StepFactory kMissingIndicator{"MissingIndicator", Configure,
                                           MissingIndicator::Load};

}  // namespace tidemill
