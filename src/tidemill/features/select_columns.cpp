#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// Keeps columns by name, in the given order. SelectColumns and DropColumns
/// both learn such a list.
class KeepColumns final : public Step {
 public:
  KeepColumns(std::string_view name, std::vector<std::string> columns)
      : name_(name), columns_(std::move(columns)) {}

  std::string_view name() const override { return name_; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return SelectByName(name_, inputs, columns_);
  }

  void Save(ArtifactWriter& out) const override { out.Texts(columns_); }

 private:
  std::string_view name_;
  std::vector<std::string> columns_;
};

class KeepColumnsEstimator final : public Estimator {
 public:
  KeepColumnsEstimator(std::string_view name, const ParameterValue& parameters,
                       bool drop)
      : name_(name), drop_(drop) {
    ParameterReader reader(parameters);
    columns_ = AsTexts(reader.Required("columns"));
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    RequireColumns(name_, inputs, columns_);
    std::vector<std::string> kept = columns_;
    if (drop_) {
      kept.clear();
      for (const FrameColumn& column : inputs.columns) {
        if (std::find(columns_.begin(), columns_.end(), column.column.name) ==
            columns_.end()) {
          kept.push_back(column.column.name);
        }
      }
    }
    return std::make_unique<KeepColumns>(name_, std::move(kept));
  }

 private:
  std::string_view name_;
  bool drop_;
  std::vector<std::string> columns_;
};

}  // namespace

extern const StepFactory kSelectColumns{
    "SelectColumns",
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<KeepColumnsEstimator>("SelectColumns", parameters,
                                                    false);
    },
    [](ArtifactReader& in, int /*depth*/) -> StepPtr {
      return std::make_unique<KeepColumns>("SelectColumns", in.Texts());
    }};

extern const StepFactory kDropColumns{
    "DropColumns",
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<KeepColumnsEstimator>("DropColumns", parameters,
                                                    true);
    },
    [](ArtifactReader& in, int /*depth*/) -> StepPtr {
      return std::make_unique<KeepColumns>("DropColumns", in.Texts());
    }};

}  // namespace tidemill
