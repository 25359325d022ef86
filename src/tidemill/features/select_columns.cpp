#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/keep_columns.h"

namespace tidemill {
namespace {

/// Keeps the columns that the config names, or all others.
class NamedColumns final : public Estimator {
 public:
  NamedColumns(std::string_view name, const ParameterValue& parameters,
               bool drop)
      : name_(name), drop_(drop) {
    ParameterReader reader(parameters);
    reader.Required("columns");
    columns_ = reader.Texts("columns");
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
    return KeepColumns(name_, std::move(kept));
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
      return std::make_unique<NamedColumns>("SelectColumns", parameters, false);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns("SelectColumns", in);
    }};

extern const StepFactory kDropColumns{
    "DropColumns",
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<NamedColumns>("DropColumns", parameters, true);
    },
    [](ArtifactReader& in, int /*depth*/) {
      return LoadKeptColumns("DropColumns", in);
    }};

}  // namespace tidemill
