#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tidemill/model/linear_model.h"
#include "training/training_testing.h"

namespace tidemill {

// Expected figures of these rows are those of scikit-learn 1.9.1.
inline const RowMatrix kFeatures{{0.5, 1.0},  {1.5, -0.5},  {-1.0, 2.0},
                                 {2.0, 0.0},  {-0.5, -1.5}, {1.0, 1.0},
                                 {-2.0, 0.5}, {0.0, -1.0}};
inline const std::vector<double> kClasses = {1, 0, 0, 1, 0, 1, 1, 0};
inline const std::vector<double> kValues = {3.1, 4.0, -1.2, 5.5,
                                            0.3, 4.4, -3.0, 1.9};
inline const std::vector<double> kNegatedValues = {-3.1, -4.0, 1.2, -5.5,
                                                   -0.3, -4.4, 3.0, -1.9};
inline const std::vector<double> kWeights = {1, 2, 0.5, 1, 3, 0, 1, 1.5};

inline const LinearModel& LinearOf(const TrainedModel& model) {
  return dynamic_cast<const LinearModel&>(*model.predictor);
}

inline void ExpectModel(const TrainedModel& model,
                        const std::vector<double>& coefficients,
                        double intercept, double tolerance = 1e-14) {
  const LinearModel& linear = LinearOf(model);
  ASSERT_EQ(linear.coefficients().size(), coefficients.size());
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    EXPECT_NEAR(linear.coefficients()[i], coefficients[i], tolerance) << i;
  }
  EXPECT_NEAR(linear.intercepts()[0], intercept, tolerance);
}

/// A regression on the rows above, or on others.
inline TrainedModel FitRegression(
    std::string_view name, std::string_view parameters,
    const std::vector<double>& weights = {},
    const std::vector<double>& target = kValues,
    const RowMatrix& features = kFeatures,
    std::vector<std::string>* warnings = nullptr) {
  return FitAlone(name, Task::kRegression, parameters, features, target,
                  FitExtras{.weights = weights, .warnings = warnings});
}

}  // namespace tidemill
