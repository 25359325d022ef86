#include <utility>

#include "tidemill/features/step.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "Pipeline";

/// Several fitted steps as one.
class StepSequence final : public Step {
 public:
  explicit StepSequence(std::vector<StepPtr> steps)
      : steps_(std::move(steps)) {}

  std::string_view name() const override { return kName; }

  std::vector<ExpressionPtr> Bind(
      std::span<const ExpressionPtr> inputs) const override {
    return BindSteps(steps_, {inputs.begin(), inputs.end()});
  }

  void Save(ArtifactWriter& out) const override { SaveSteps(steps_, out); }

  static StepPtr Load(ArtifactReader& in, int depth) {
    return std::make_unique<StepSequence>(LoadSteps(in, depth - 1));
  }

 private:
  std::vector<StepPtr> steps_;
};

/// Steps one after the other, where a single one is asked for.
///
/// Source: scikit-learn Pipeline; its steps need no names here.
class StepSequenceEstimator final : public Estimator {
 public:
  explicit StepSequenceEstimator(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    steps_ = ConfigureSteps(reader.Required("steps"));
    reader.Finish();
  }

  StepPtr Fit(const Frame& inputs, const FitContext& context) const override {
    return std::make_unique<StepSequence>(
        FitSteps(steps_, inputs, context, nullptr));
  }

  Frame FitTransform(const Frame& inputs, const FitContext& context,
                     StepPtr& fitted) const override {
    Frame output;
    fitted = std::make_unique<StepSequence>(
        FitSteps(steps_, inputs, context, &output));
    return output;
  }

 private:
  std::vector<EstimatorPtr> steps_;
};

}  // namespace

extern const StepFactory kPipeline{
    kName,
    [](const ParameterValue& parameters) -> EstimatorPtr {
      return std::make_unique<StepSequenceEstimator>(parameters);
    },
    StepSequence::Load};

}  // namespace tidemill
