#pragma once

#include <string_view>

#include "tidemill/core/matrix.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {

/// A fitted linear model, with Eigen's product for its library's scores.
/// Shapes: K outputs of d features: K x d coefficients and K intercepts.
/// Throws DataError naming the model when a number is not finite.
TrainedModel MakeLinear(std::string_view name, const RowMatrix& coefficients,
                        const RowVector& intercepts, Link link);

/// A regression's.
TrainedModel MakeLinear(std::string_view name, const ColumnVector& coefficients,
                        double intercept);

}  // namespace tidemill
