#pragma once

#include "tidemill/core/matrix.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {

/// A fitted linear model, with Eigen's product for its library's scores.
TrainedModel MakeLinear(const ColumnVector& coefficients, double intercept,
                        Link link);

}  // namespace tidemill
