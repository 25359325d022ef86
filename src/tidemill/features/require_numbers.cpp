#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "RequireNumbers";

class MissingIsInfinite final : public NumberMap {
 public:
  void Apply(std::span<double> values) const override {
    for (double& value : values) {
      if (std::isnan(value)) value = std::numeric_limits<double>::infinity();
    }
  }
  bool nondecreasing() const override { return true; }
};

/// Makes an infinity of a missing number, and no event is scored with one: a
/// dead letter instead of the score that a model would find for a missing
/// number.
///
/// Missing: infinite; numbers stay what they are.
/// Source:  Feature-engine and scikit-learn raise an error there.
class RequireNumbers final : public Step {
 public:
  explicit RequireNumbers(std::vector<std::string> columns)
      : columns_(std::move(columns)) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return BindOneMap(kName, inputs, columns_,
                      std::make_shared<MissingIsInfinite>());
  }

  void Save(ArtifactWriter& out) const override {
    out.Texts("columns", columns_);
  }
  static StepPtr Load(ArtifactReader& in, int /*depth*/) {
    return std::make_unique<RequireNumbers>(in.Texts("columns"));
  }

 private:
  std::vector<std::string> columns_;
};

class RequireNumbersEstimator final : public Estimator {
 public:
  StepPtr Fit(const Frame& inputs,
              const FitContext& /*context*/) const override {
    std::vector<std::string> columns =
        ColumnsOfKind(kName, inputs, ColumnKind::kNumber);
    return std::make_unique<RequireNumbers>(std::move(columns));
  }
};

EstimatorPtr Configure(const ParameterValue& parameters) {
  ParameterReader(parameters).Finish();
  return std::make_unique<RequireNumbersEstimator>();
}

}  // namespace

extern const StepFactory kRequireNumbers{kName, Configure,
                                         RequireNumbers::Load};

}  // namespace tidemill
