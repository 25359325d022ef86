#include "tidemill/training/linear_system.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <Eigen/QR>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Rows of [x y], centred and multiplied by the root of their weight.
class Rows {
 public:
  Rows(const RowMatrix& features, const ModelFitContext& context)
      : x_(features), y_(context.target), weights_(context.weights) {
    for (Eigen::Index i = 0; i < x_.rows(); ++i) total_weight_ += Weight(i);
  }

  /// Sets the weighted means.
  void Center() {
    // The second time takes off what rounding left of the first, so that a
    // constant column becomes exactly 0.
    for (int time = 0; time < 2; ++time) {
      RowVector sum = RowVector::Zero(x_.cols() + 1);
      for (Eigen::Index i = 0; i < x_.rows(); ++i) {
        sum += Weight(i) * Centered(i);
      }
      center_ += sum / total_weight_;
    }
  }

  Eigen::MatrixXd Block(Eigen::Index first, Eigen::Index rows) const {
    Eigen::MatrixXd block(rows, x_.cols() + 1);
    for (Eigen::Index i = 0; i < rows; ++i) {
      block.row(i) = std::sqrt(Weight(first + i)) * Centered(first + i);
    }
    return block;
  }

  double total_weight() const { return total_weight_; }
  const RowVector& center() const { return center_; }

 private:
  double Weight(Eigen::Index i) const {
    return weights_.empty() ? 1.0 : weights_[static_cast<std::size_t>(i)];
  }
  RowVector Centered(Eigen::Index i) const {
    RowVector row(x_.cols() + 1);
    row << x_.row(i), y_[static_cast<std::size_t>(i)];
    return row - center_;
  }

  const RowMatrix& x_;
  std::span<const double> y_;
  std::span<const double> weights_;
  double total_weight_ = 0.0;
  RowVector center_ = RowVector::Zero(x_.cols() + 1);
};

/// R of the rows' QR decomposition: R'R is the rows' own product.
Eigen::MatrixXd Compress(const Rows& rows, Eigen::Index n, Eigen::Index width) {
  if (n <= width) return rows.Block(0, n);
  // Long enough that the R on top costs little beside the rows.
  constexpr Eigen::Index kLeastRows = 1024;
  const Eigen::Index length = std::max(kLeastRows, 4 * width);
  Eigen::MatrixXd r = Eigen::MatrixXd::Zero(width, width);
  for (Eigen::Index first = 0; first < n; first += length) {
    const Eigen::Index count = std::min(length, n - first);
    Eigen::MatrixXd stack(width + count, width);
    stack << r, rows.Block(first, count);
    const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> qr(stack);
    r = stack.topRows(width).triangularView<Eigen::Upper>();
  }
  return r;
}

}  // namespace

LinearSystem MakeLinearSystem(std::string_view model, const RowMatrix& features,
                              const ModelFitContext& context,
                              bool fit_intercept) {
  Rows rows(features, context);
  if (!(rows.total_weight() > 0.0)) {
    throw DataError({.where = std::string(model) + ", the rows to learn from",
                     .expected = "a weight above 0",
                     .got = "none"});
  }
  if (fit_intercept) rows.Center();
  const Eigen::Index d = features.cols();
  const Eigen::MatrixXd small = Compress(rows, features.rows(), d + 1);
  if (!small.allFinite()) {
    throw DataError({.where = std::string(model),
                     .expected = "a target whose square float64 holds",
                     .got = "a greater one"});
  }
  LinearSystem system;
  system.a = small.leftCols(d);
  system.b = small.col(d);
  system.center = rows.center().head(d);
  system.mean = rows.center()[d];
  system.total_weight = rows.total_weight();
  return system;
}

}  // namespace tidemill
