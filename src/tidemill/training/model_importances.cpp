#include "tidemill/training/model_importances.h"

#include <cmath>

#include "tidemill/core/errors.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/training/feature_matrix.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {
namespace {

/// The sum over the outputs of the coefficients' sizes.
std::vector<double> Sizes(const LinearModel& model) {
  const std::vector<double>& coefficients = model.coefficients();
  std::vector<double> sizes(model.num_features(), 0.0);
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    sizes[i % sizes.size()] += std::abs(coefficients[i]);
  }
  return sizes;
}

}  // namespace

std::vector<double> ModelImportances::Fit(const std::string& model,
                                          const ParameterValue& parameters,
                                          const Frame& inputs,
                                          const FitContext& context) const {
  const ModelEstimatorPtr estimator =
      FindModel(model, context.task, parameters.where).configure(parameters);
  const RowMatrix features = MatrixOf(inputs);
  const std::vector<std::string> names = NamesOf(inputs);
  CheckFeatures(features, names, estimator->takes_missing());
  const TrainedModel trained =
      estimator->Fit(features, {.target = context.target,
                                .class_labels = context.class_labels,
                                .feature_names = names,
                                .seed = context.seed,
                                .stage = "selecting features by " + model,
                                .progress = progress_,
                                .warnings = context.warnings});
  if (trained.gains) return trained.gains();
  const auto* linear =
      dynamic_cast<const LinearModel*>(trained.predictor.get());
  if (linear != nullptr) return Sizes(*linear);
  throw ConfigError({.where = parameters.where,
                     .expected = "a model that says what each feature is worth",
                     .got = "'" + model + "'"});
}

}  // namespace tidemill
