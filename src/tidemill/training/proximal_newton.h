#pragma once

#include <cstdint>
#include <functional>

#include "tidemill/core/matrix.h"
#include "tidemill/training/logistic_loss.h"

namespace tidemill {

/// Minimises loss + sum of l1 |w| + sum of l2 w^2 / 2, from w = 0.
///
/// Method: Newton's with step halving; with L1 penalties each step minimises
///         the loss's quadratic model plus them (Lee, Sun, Saunders 2014). It
///         has converged when no coefficient is further from optimal than
///         `tol` times what the loss's gradient can be at most; it goes on
///         while that falls, which costs a step or two.
class ProximalNewton {
 public:
  ColumnVector l1;  ///< per coefficient, as the loss has them
  ColumnVector l2;
  std::int64_t max_iter = 100;
  double tol = 1e-8;

  struct Solution {
    ColumnVector w;
    bool converged = false;
  };
  /// Calls `after_step` with the steps done.
  Solution Minimize(LogisticLoss& loss,
                    const std::function<void(std::size_t)>& after_step) const;

 private:
  double Value(const LogisticLoss& loss, const ColumnVector& w) const;
  double Violation(const LogisticLoss& loss, const ColumnVector& w) const;
  ColumnVector Step(const LogisticLoss& loss, const ColumnVector& w) const;
  void PinShifts(const LogisticLoss& loss, Eigen::MatrixXd& curvature) const;
};

}  // namespace tidemill
