#include "tidemill/training/least_squares.h"

#include <Eigen/SVD>

namespace tidemill {

LeastSquaresSolution SolveLeastSquares(const Eigen::MatrixXd& a,
                                       const ColumnVector& b, double alpha,
                                       double cutoff) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(
      a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const ColumnVector& s = svd.singularValues();
  ColumnVector rotated = svd.matrixU().transpose() * b;
  LeastSquaresSolution solution;
  for (Eigen::Index i = 0; i < s.size(); ++i) {
    const bool counts = s[i] > cutoff * s[0];
    // Written so that s^2 cannot overflow or vanish.
    rotated[i] = counts ? rotated[i] / (s[i] + alpha / s[i]) : 0.0;
    solution.rank += counts ? 1 : 0;
  }
  solution.w = svd.matrixV() * rotated;
  return solution;
}

}  // namespace tidemill
