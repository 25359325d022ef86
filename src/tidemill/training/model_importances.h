#pragma once

#include "tidemill/features/step.h"
#include "tidemill/training/progress.h"

namespace tidemill {

/// Fits one of our models for a step that chooses columns by it: of a linear
/// model the sizes of the coefficients (summed over the classes), of boosted
/// trees the mean gain of each feature's splits as a share of all.
///
/// Errors: ConfigError on an unknown model or a bad parameter; DataError on a
///         missing value that the model does not take.
/// Source: scikit-learn SelectFromModel; XGBoost's feature_importances_.
class ModelImportances final : public ImportanceFitter {
 public:
  /// `progress` must outlive it.
  explicit ModelImportances(Progress& progress) : progress_(&progress) {}

  std::vector<double> Fit(const std::string& model,
                          const ParameterValue& parameters, const Frame& inputs,
                          const FitContext& context) const override;

 private:
  Progress* progress_;
};

}  // namespace tidemill
