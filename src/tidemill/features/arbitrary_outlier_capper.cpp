#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/features/outlier_caps.h"
#include "tidemill/features/step.h"

namespace tidemill {
namespace {

/// Cuts columns at bounds that the configuration gives.
///
/// Missing: NaN stays NaN; with missing_values "raise" none may be there when
///          fitting.
/// Source:  Feature-engine ArbitraryOutlierCapper; it has nothing to learn.
class ArbitraryOutlierCapper final : public Step {
 public:
  explicit ArbitraryOutlierCapper(CappedColumns columns)
      : columns_(std::move(columns)) {}

  std::string_view name() const override { return "ArbitraryOutlierCapper"; }
  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return columns_.Bind(name(), inputs);
  }
  void Save(ArtifactWriter& out) const override { columns_.Save(out); }
  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    return std::make_unique<ArbitraryOutlierCapper>(CappedColumns::Load(in));
  }

 private:
  CappedColumns columns_;
};

class ArbitraryOutlierCapperEstimator final : public Estimator {
 public:
  explicit ArbitraryOutlierCapperEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    SetBounds(ReadNumbersByName(reader, "min_capping_dict"), &Caps::lower);
    SetBounds(ReadNumbersByName(reader, "max_capping_dict"), &Caps::upper);
    missing_ = ReadMissingValues(reader, "raise");
    reader.Finish();
    if (names_.empty()) {
      throw ConfigError({.where = reader.where(),
                         .expected = "bounds in max_capping_dict or "
                                     "min_capping_dict",
                         .got = "neither"});
    }
  }

  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    CappedColumns columns;
    columns.columns =
        Choose("ArbitraryOutlierCapper", inputs, names_, missing_);
    columns.caps = caps_;
    return std::make_unique<ArbitraryOutlierCapper>(std::move(columns));
  }

 private:
  void SetBounds(const NumbersByName& bounds, double Caps::*bound) {
    for (const auto& [name, number] : bounds) {
      const auto place = std::find(names_.begin(), names_.end(), name);
      const auto i = static_cast<std::size_t>(place - names_.begin());
      if (place == names_.end()) {
        names_.push_back(name);
        caps_.emplace_back();
      }
      caps_[i].*bound = number;
    }
  }

  std::vector<std::string> names_;
  std::vector<Caps> caps_;  ///< per name
  MissingCells missing_ = MissingCells::kRefuse;
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<ArbitraryOutlierCapperEstimator>(parameters);
}

}  // namespace

extern const StepFactory kArbitraryOutlierCapper{
    "ArbitraryOutlierCapper", Configure, ArbitraryOutlierCapper::Load};

}  // namespace tidemill
