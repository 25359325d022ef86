#include "tidemill/features/singular_vectors.h"

#include <cmath>
#include <string>
#include <utility>

#include <Eigen/QR>
#include <Eigen/SVD>

#include "tidemill/core/errors.h"
#include "tidemill/features/finite_columns.h"

namespace tidemill {
namespace {

/// The upper triangle of a QR decomposition: as tall as wide, with the same
/// values and right vectors.
Eigen::MatrixXd Triangle(Eigen::MatrixXd x) {
  const Eigen::Index size = x.cols();
  const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> qr(x);
  return qr.matrixQR().topRows(size).triangularView<Eigen::Upper>();
}

}  // namespace

Eigen::MatrixXd FiniteMatrix(std::string_view step, const Frame& inputs) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(inputs.rows),
                         static_cast<Eigen::Index>(inputs.columns.size()));
  for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
    RequireFinite(step, inputs.columns[i]);
    matrix.col(static_cast<Eigen::Index>(i)) =
        Eigen::Map<const ColumnVector>(inputs.columns[i].numbers.data(),
                                       static_cast<Eigen::Index>(inputs.rows));
  }
  return matrix;
}

SingularVectors RightSingularVectors(std::string_view step, Eigen::MatrixXd x) {
  const double square = x.squaredNorm();
  if (x.rows() > x.cols()) x = Triangle(std::move(x));
  if (!std::isfinite(square) || !x.allFinite()) {
    throw DataError({.where = std::string(step),
                     .expected = "numbers whose squares are finite",
                     .got = "an overflow"});
  }
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinV);
  SingularVectors found{.values = svd.singularValues(),
                        .right = svd.matrixV().transpose()};
  for (Eigen::Index i = 0; i < found.right.rows(); ++i) {
    Eigen::Index greatest = 0;
    found.right.row(i).cwiseAbs().maxCoeff(&greatest);
    if (found.right(i, greatest) < 0.0) found.right.row(i) *= -1.0;
  }
  return found;
}

}  // namespace tidemill
