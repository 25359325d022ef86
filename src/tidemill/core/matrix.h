#pragma once

#include <Eigen/Core>

namespace tidemill {

/// One event per row.
using RowMatrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowVector = Eigen::RowVectorXd;
using ColumnVector = Eigen::VectorXd;

}  // namespace tidemill
