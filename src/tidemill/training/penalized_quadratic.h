#pragma once

#include "tidemill/core/matrix.h"

namespace tidemill {

/// How far each coordinate is from optimal for a function with the slope
/// `gradient` plus sum of l1 |w|: 0 everywhere at the minimum.
/// `positive`: over w >= 0 only.
ColumnVector OptimalityViolation(const ColumnVector& gradient,
                                 const ColumnVector& l1, const ColumnVector& w,
                                 bool positive);

/// The function w'Gw / 2 - c'w + sum of l1 |w|, G being symmetric and positive
/// semidefinite. An L2 penalty belongs onto G's diagonal.
struct PenalizedQuadratic {
  Eigen::MatrixXd curvature;  ///< G
  ColumnVector linear;        ///< c
  ColumnVector l1;
  bool positive = false;  ///< over w >= 0 only

  /// Moves w to the minimum; false when `max_sweeps` did not get there.
  ///
  /// Method: cyclic coordinate descent with soft thresholds (Friedman, Hastie,
  ///         Tibshirani 2010, section 2). Every few rounds the equations of
  ///         the coordinates that are not 0 are solved outright, and w goes
  ///         there as far as their signs last. Once the signs are settled that
  ///         is the minimum as exactly as float64 allows, where the descent
  ///         alone only comes near.
  bool Minimize(int max_sweeps, ColumnVector& w) const;
};

}  // namespace tidemill
