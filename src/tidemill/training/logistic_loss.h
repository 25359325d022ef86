#pragma once

#include <cstddef>
#include <span>

#include "tidemill/core/matrix.h"

namespace tidemill {

/// What a classifier's margins cost: sum of weight x -log P(the row's class).
///
/// Shapes:  one margin z a row and P(class 1) = 1 / (1 + exp(-z)); or one a
///          class and P the softmax. Per margin d coefficients and, with an
///          intercept, one more behind them; the margins' one after the other.
/// Memory:  the Hessian and a block of rows; the features are not copied.
/// Threads: none; sums run over the rows in their order, so that the same rows
///          give the same bits.
class LogisticLoss {
 public:
  /// `features` and `target` must outlive the loss.
  LogisticLoss(const RowMatrix& features, std::span<const double> target,
               ColumnVector row_weights, Eigen::Index margins, bool intercept);

  Eigen::Index size() const { return margins_ * width_; }
  /// Coefficients per margin, with the intercept.
  Eigen::Index width() const { return width_; }
  Eigen::Index margins() const { return margins_; }

  double Value(const ColumnVector& w) const;

  /// Works out gradient and Hessian at w.
  void Look(const ColumnVector& w);
  const ColumnVector& gradient() const { return gradient_; }
  const Eigen::MatrixXd& hessian() const { return hessian_; }

  /// Per coefficient: what |gradient| is nowhere above.
  const ColumnVector& steepest() const { return steepest_; }

  /// True when w gives every row's class the greatest margin, so that a
  /// multiple of w costs as little as one likes.
  bool Separates(const ColumnVector& w) const;

 private:
  struct Block;
  template <typename Visit>
  void ForEachBlock(const ColumnVector& w, Visit visit) const;
  Eigen::MatrixXd Probabilities(const Eigen::MatrixXd& margins) const;
  Eigen::Index ClassOf(Eigen::Index row) const;
  void AddCurvature(const Block& block, const Eigen::MatrixXd& p);
  void FillHessian();

  const RowMatrix& x_;
  std::span<const double> target_;
  ColumnVector weights_;
  Eigen::Index margins_;
  bool intercept_;
  Eigen::Index width_;
  ColumnVector gradient_;
  Eigen::MatrixXd hessian_;
  ColumnVector steepest_;
};

}  // namespace tidemill
