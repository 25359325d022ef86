#include "tidemill/training/logistic_loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tidemill {
namespace {

void MirrorLower(Eigen::Ref<Eigen::MatrixXd> square) {
  for (Eigen::Index j = 0; j < square.cols(); ++j) {
    for (Eigen::Index i = 0; i < j; ++i) square(i, j) = square(j, i);
  }
}

}  // namespace

/// Some rows side by side: enough for Eigen's products, few enough for a cache.
struct LogisticLoss::Block {
  Eigen::Index first = 0;
  Eigen::MatrixXd x;        ///< with a column of ones for the intercept
  Eigen::MatrixXd margins;  ///< a column each
};

LogisticLoss::LogisticLoss(const RowMatrix& features,
                           std::span<const double> target,
                           ColumnVector row_weights, Eigen::Index margins,
                           bool intercept)
    : x_(features),
      target_(target),
      weights_(std::move(row_weights)),
      margins_(margins),
      intercept_(intercept),
      width_(features.cols() + (intercept ? 1 : 0)) {
  ColumnVector steepest = ColumnVector::Zero(width_);
  ForEachBlock(ColumnVector::Zero(size()), [&](const Block& block) {
    steepest += block.x.cwiseAbs().transpose() *
                weights_.segment(block.first, block.x.rows());
  });
  steepest_ = steepest.replicate(margins_, 1);
}

template <typename Visit>
void LogisticLoss::ForEachBlock(const ColumnVector& w, Visit visit) const {
  constexpr Eigen::Index kRows = 256;
  const Eigen::Map<const Eigen::MatrixXd> by_margin(w.data(), width_, margins_);
  Block block;
  for (Eigen::Index first = 0; first < x_.rows(); first += kRows) {
    const Eigen::Index rows = std::min(kRows, x_.rows() - first);
    block.first = first;
    block.x.resize(rows, width_);
    block.x.leftCols(x_.cols()) = x_.middleRows(first, rows);
    if (intercept_) block.x.col(width_ - 1).setOnes();
    block.margins.noalias() = block.x * by_margin;
    visit(std::as_const(block));
  }
}

Eigen::Index LogisticLoss::ClassOf(Eigen::Index row) const {
  return static_cast<Eigen::Index>(target_[static_cast<std::size_t>(row)]);
}

double LogisticLoss::Value(const ColumnVector& w) const {
  double value = 0.0;
  ForEachBlock(w, [&](const Block& block) {
    for (Eigen::Index i = 0; i < block.x.rows(); ++i) {
      const Eigen::Index row = block.first + i;
      // Without overflow: log(1 + exp(z)) - y z, log(sum of exp(z_k)) - z_y.
      double loss = 0.0;
      if (margins_ == 1) {
        const double z = block.margins(i, 0);
        loss = std::max(ClassOf(row) == 1 ? -z : z, 0.0) +
               std::log1p(std::exp(-std::abs(z)));
      } else {
        const double top = block.margins.row(i).maxCoeff();
        const double sum = (block.margins.row(i).array() - top).exp().sum();
        loss = std::log(sum) + (top - block.margins(i, ClassOf(row)));
      }
      value += weights_[row] * loss;
    }
  });
  return value;
}

Eigen::MatrixXd LogisticLoss::Probabilities(
    const Eigen::MatrixXd& margins) const {
  if (margins_ == 1) return (1.0 + (-margins.array()).exp()).inverse();
  Eigen::MatrixXd p = margins.colwise() - margins.rowwise().maxCoeff();
  p = p.array().exp();
  p.array().colwise() /= p.array().rowwise().sum().eval();
  return p;
}

void LogisticLoss::Look(const ColumnVector& w) {
  gradient_ = ColumnVector::Zero(size());
  hessian_ = Eigen::MatrixXd::Zero(size(), size());
  Eigen::Map<Eigen::MatrixXd> gradient(gradient_.data(), width_, margins_);
  ForEachBlock(w, [&](const Block& block) {
    const Eigen::MatrixXd p = Probabilities(block.margins);
    Eigen::MatrixXd excess = p;
    for (Eigen::Index i = 0; i < p.rows(); ++i) {
      const Eigen::Index row = block.first + i;
      const Eigen::Index k = ClassOf(row);
      if (margins_ > 1) {
        excess(i, k) -= 1.0;
      } else if (k == 1) {
        // 1 - p as it is when p rounds to 1.
        excess(i, 0) = -1.0 / (1.0 + std::exp(block.margins(i, 0)));
      }
      excess.row(i) *= weights_[row];
    }
    gradient.noalias() += block.x.transpose() * excess;
    AddCurvature(block, p);
  });
  FillHessian();
}

/// Of several margins only the lower halves of the pairs' blocks below the
/// diagonal are there yet. The softmax does not see what is added to all
/// margins alike, so every row of blocks sums to 0: that gives the blocks on
/// the diagonal.
void LogisticLoss::FillHessian() {
  const auto block = [&](Eigen::Index k, Eigen::Index l) {
    return hessian_.block(k * width_, l * width_, width_, width_);
  };
  for (Eigen::Index k = 1; k < margins_; ++k) {
    for (Eigen::Index l = 0; l < k; ++l) {
      MirrorLower(block(k, l));
      block(k, k) -= block(k, l);
      block(l, l) -= block(k, l);
    }
  }
  MirrorLower(hessian_);
}

/// Adds x' D x to each block of the Hessian: D is weight x p (1 - p) for one
/// margin, weight x -p_k p_l for the margins k > l of several.
void LogisticLoss::AddCurvature(const Block& block, const Eigen::MatrixXd& p) {
  const auto weights = weights_.segment(block.first, p.rows()).array();
  const auto add = [&](Eigen::Index k, Eigen::Index l, double sign,
                       const ColumnVector& root) {
    const Eigen::MatrixXd scaled = root.asDiagonal() * block.x;
    hessian_.block(k * width_, l * width_, width_, width_)
        .selfadjointView<Eigen::Lower>()
        .rankUpdate(scaled.transpose(), sign);
  };
  if (margins_ == 1) {
    const auto p1 = p.col(0).array();
    add(0, 0, 1.0, (weights * p1 * (1.0 - p1)).sqrt());
  }
  for (Eigen::Index k = 1; k < margins_; ++k) {
    for (Eigen::Index l = 0; l < k; ++l) {
      add(k, l, -1.0, (weights * p.col(k).array() * p.col(l).array()).sqrt());
    }
  }
}

bool LogisticLoss::Separates(const ColumnVector& w) const {
  bool separates = true;
  ForEachBlock(w, [&](const Block& block) {
    for (Eigen::Index i = 0; i < block.x.rows() && separates; ++i) {
      const Eigen::Index k = ClassOf(block.first + i);
      if (weights_[block.first + i] == 0.0) continue;
      if (margins_ == 1) {
        const double z = block.margins(i, 0);
        separates = k == 1 ? z > 0.0 : z < 0.0;
      } else {
        for (Eigen::Index l = 0; l < margins_; ++l) {
          separates = separates &&
                      (l == k || block.margins(i, k) > block.margins(i, l));
        }
      }
    }
  });
  return separates;
}

}  // namespace tidemill
