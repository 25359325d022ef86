#pragma once

#include "tidemill/core/matrix.h"

namespace tidemill {

struct LeastSquaresSolution {
  ColumnVector w;
  Eigen::Index rank = 0;  ///< singular values that counted
};

/// Minimises |b - A w|^2 + alpha |w|^2, alpha >= 0; of several minima the one
/// of least |w|. Singular values up to `cutoff` times the greatest count as 0.
///
/// Source: the singular value decomposition A = U S V':
///         w = V S / (S^2 + alpha) U' b.
LeastSquaresSolution SolveLeastSquares(const Eigen::MatrixXd& a,
                                       const ColumnVector& b, double alpha,
                                       double cutoff);

}  // namespace tidemill
