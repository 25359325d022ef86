#pragma once

#include <string_view>

#include "tidemill/core/matrix.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {

/// Weighted least squares over many rows as a small system: for every w
///   |b - A w|^2 = sum of weight (y - mean - (x - center) w)^2.
///
/// Shapes:  A is min(n, d + 1) x d of n rows and d features.
/// Memory:  (d + 1)^2 beside blocks of rows; the features are not copied.
/// Method:  a QR decomposition of the rows, block by block, so that no
///          condition number is squared as in A'A of the rows themselves.
struct LinearSystem {
  Eigen::MatrixXd a;
  ColumnVector b;
  RowVector center;   ///< the features' weighted means; 0 without an intercept
  double mean = 0.0;  ///< the target's
  double total_weight = 0.0;

  double Intercept(const ColumnVector& w) const { return mean - center.dot(w); }
};

/// Throws DataError naming the model when the numbers are too great for
/// float64's squares or all weights are 0.
LinearSystem MakeLinearSystem(std::string_view model, const RowMatrix& features,
                              const ModelFitContext& context,
                              bool fit_intercept);

}  // namespace tidemill
