#include "tidemill/training/penalized_quadratic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/Cholesky>

namespace tidemill {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

double SoftThreshold(double z, double l1, bool positive) {
  if (z > l1) return z - l1;
  return z < -l1 && !positive ? z + l1 : 0.0;
}

double Sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; }

/// The same function of u = w * sqrt(diag G), whose curvature has ones on its
/// diagonal; a coordinate without curvature stays where it is.
class Descent {
 public:
  Descent(const PenalizedQuadratic& quadratic, const ColumnVector& w)
      : root_(quadratic.curvature.diagonal().cwiseMax(0.0).cwiseSqrt()),
        positive_(quadratic.positive) {
    const ColumnVector inverse =
        root_.unaryExpr([](double x) { return x > 0.0 ? 1.0 / x : 0.0; });
    curvature_ =
        inverse.asDiagonal() * quadratic.curvature * inverse.asDiagonal();
    linear_ = quadratic.linear.cwiseProduct(inverse);
    l1_ = quadratic.l1.cwiseProduct(inverse);
    u_ = w.cwiseProduct(root_);
    slope_ = Slope(u_);
    signs_.resize(u_.size());
  }

  /// One round over the coordinates; the greatest change.
  double Sweep() {
    double change = 0.0;
    for (Eigen::Index j = 0; j < u_.size(); ++j) {
      if (root_[j] == 0.0) continue;
      const double next = SoftThreshold(slope_[j] + u_[j], l1_[j], positive_);
      const double step = next - u_[j];
      if (step == 0.0) continue;
      u_[j] = next;
      slope_ -= step * curvature_.col(j);
      change = std::max(change, std::abs(step));
    }
    return change;
  }

  /// True when no step could improve on what rounding leaves.
  bool Optimal() const { return Violation(u_, slope_) <= Noise(); }

  /// Takes the outright solution of the coordinates that are not 0, if it
  /// keeps their signs and is better.
  void Polish() {
    slope_ = Slope(u_);  // The sweeps' own has gathered rounding errors.
    std::vector<Eigen::Index> free;
    ColumnVector signs(u_.size());
    for (Eigen::Index j = 0; j < u_.size(); ++j) {
      signs[j] = Sign(u_[j]);
      const bool bound = l1_[j] > 0.0 || positive_;
      if (root_[j] > 0.0 && (u_[j] != 0.0 || !bound)) free.push_back(j);
    }
    if (free.empty() || (polished_ && signs == signs_)) return;
    polished_ = true;
    signs_ = signs;
    const Eigen::LDLT<Eigen::MatrixXd> factors(curvature_(free, free));
    if (factors.info() != Eigen::Success || !factors.isPositive() ||
        factors.rcond() < kEpsilon) {
      return;  // Collinear: there is no single solution.
    }
    ColumnVector next = u_;
    // The second time takes off what rounding left of the first.
    for (int time = 0; time < 2; ++time) {
      const ColumnVector rest = Slope(next) - l1_.cwiseProduct(signs);
      next(free) += factors.solve(ColumnVector(rest(free)));
    }
    for (const Eigen::Index j : free) {
      if (signs[j] != 0.0 && (l1_[j] > 0.0 || positive_) &&
          !(next[j] * signs[j] > 0.0)) {
        return;
      }
    }
    const ColumnVector slope = Slope(next);
    if (!(Violation(next, slope) <= Violation(u_, slope_))) return;
    u_ = next;
    slope_ = slope;
  }

  double size() const { return u_.cwiseAbs().maxCoeff(); }
  ColumnVector w(const ColumnVector& start) const {
    ColumnVector w = start;
    for (Eigen::Index j = 0; j < w.size(); ++j) {
      if (root_[j] > 0.0) w[j] = u_[j] / root_[j];
    }
    return w;
  }

 private:
  ColumnVector Slope(const ColumnVector& u) const {
    return linear_ - curvature_ * u;
  }
  double Violation(const ColumnVector& u, const ColumnVector& slope) const {
    return OptimalityViolation(-slope, l1_, u, positive_).maxCoeff();
  }
  double Noise() const {
    return 4.0 * kEpsilon *
           (linear_.cwiseAbs().maxCoeff() + u_.cwiseAbs().maxCoeff());
  }

  ColumnVector root_;
  bool positive_;
  Eigen::MatrixXd curvature_;
  ColumnVector linear_;
  ColumnVector l1_;
  ColumnVector u_;
  ColumnVector slope_;  ///< minus the quadratic's gradient
  ColumnVector signs_;  ///< that were polished last
  bool polished_ = false;
};

}  // namespace

ColumnVector OptimalityViolation(const ColumnVector& gradient,
                                 const ColumnVector& l1, const ColumnVector& w,
                                 bool positive) {
  ColumnVector violation(w.size());
  for (Eigen::Index j = 0; j < w.size(); ++j) {
    const double g = gradient[j];
    if (w[j] != 0.0) {
      violation[j] = std::abs(g + l1[j] * Sign(w[j]));
    } else {
      const double pull = positive ? -g : std::abs(g);
      violation[j] = std::max(pull - l1[j], 0.0);
    }
  }
  return violation;
}

bool PenalizedQuadratic::Minimize(int max_sweeps, ColumnVector& w) const {
  constexpr int kSweepsBetweenPolishes = 10;
  Descent descent(*this, w);
  bool done = false;
  for (int i = 1; i <= max_sweeps && !done; ++i) {
    const bool still = descent.Sweep() <= kEpsilon * descent.size();
    if (still || i == max_sweeps || i % kSweepsBetweenPolishes == 0) {
      descent.Polish();
    }
    done = still || descent.Optimal();
  }
  w = descent.w(w);
  return done;
}

}  // namespace tidemill
