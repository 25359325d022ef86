#pragma once

#include <string_view>

#include "tidemill/core/matrix.h"
#include "tidemill/features/frame.h"

namespace tidemill {

/// Of an n x d matrix, min(n, d) of each, the greatest first.
struct SingularVectors {
  ColumnVector values;
  RowMatrix right;  ///< one per row; its component of greatest size is positive
};

/// The columns, all finite numbers, as a matrix; throws ConfigError, DataError
/// naming the step.
Eigen::MatrixXd FiniteMatrix(std::string_view step, const Frame& inputs);

/// Takes the matrix to pieces. Throws DataError naming the step when squares of
/// its numbers are beyond float64.
///
/// Source: numpy.linalg.svd, with the signs of scikit-learn's svd_flip. Vectors
///         of nearly equal values are not determined by the matrix: any two
///         libraries give others.
SingularVectors RightSingularVectors(std::string_view step, Eigen::MatrixXd x);

}  // namespace tidemill
