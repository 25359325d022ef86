#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tidemill/core/schema.h"
#include "tidemill/features/plan.h"
#include "tidemill/features/step.h"

namespace tidemill {

/// The fitted steps of a model, in order.
/// Threads: immutable once built.
class Pipeline {
 public:
  Pipeline() = default;
  explicit Pipeline(std::vector<StepPtr> steps) : steps_(std::move(steps)) {}

  /// Learns every step from the frame; `features` receives the columns that a
  /// model is to be fitted on. Throws as Estimator::Fit does.
  static Pipeline Fit(std::span<const EstimatorPtr> estimators, Frame inputs,
                      const FitContext& context, Frame* features);

  /// Binds the steps to the schema's fields. Throws ArtifactError.
  Plan Compile(const Schema& schema) const;

  void Save(ArtifactWriter& out) const;
  static Pipeline Load(ArtifactReader& in);

  const std::vector<StepPtr>& steps() const { return steps_; }

 private:
  std::vector<StepPtr> steps_;
};

}  // namespace tidemill
