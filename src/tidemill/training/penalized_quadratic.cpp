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
    settled_ = ColumnVector::Constant(u_.size(), 2.0);  // no signs
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

  /// Goes towards the outright solution of the coordinates that are not 0: to
  /// it if all keep their signs, else to where the first one becomes 0, and
  /// then there is more to do: true. Neither makes the function greater.
  bool Polish() {
    slope_ = Slope(u_);  // The sweeps' own has gathered rounding errors.
    const ColumnVector signs = u_.unaryExpr(&Sign);
    std::vector<Eigen::Index> free;
    for (Eigen::Index j = 0; j < u_.size(); ++j) {
      if (root_[j] > 0.0 && (u_[j] != 0.0 || !Bound(j))) free.push_back(j);
    }
    if (free.empty() || signs == settled_) return false;
    const ColumnVector next = Outright(free, signs);
    double share = 1.0;
    Eigen::Index first = 0;
    for (const Eigen::Index j : free) {
      if (!Bound(j) || next[j] * signs[j] > 0.0) continue;
      const double until = u_[j] / (u_[j] - next[j]);
      if (until < share) {
        share = until;
        first = j;
      }
    }
    if (share < 1.0) {
      u_ += share * (next - u_);
      u_[first] = 0.0;
      slope_ = Slope(u_);
      return true;
    }
    settled_ = signs;
    const ColumnVector slope = Slope(next);
    if (Violation(next, slope) <= Violation(u_, slope_)) {
      u_ = next;
      slope_ = slope;
    }
    return false;
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
  /// Whether a coordinate may not pass 0 unseen.
  bool Bound(Eigen::Index j) const { return l1_[j] > 0.0 || positive_; }

  /// The minimum over the free coordinates with the signs as they are. When
  /// they are collinear there may be none or many: then with a slight pull to
  /// where they stand.
  ColumnVector Outright(const std::vector<Eigen::Index>& free,
                        const ColumnVector& signs) const {
    constexpr double kCollinear = 1e-13;
    constexpr double kPull = 1e-10;
    Eigen::MatrixXd curvature = curvature_(free, free);
    Eigen::LDLT<Eigen::MatrixXd> factors(curvature);
    const bool regular = factors.info() == Eigen::Success &&
                         factors.vectorD().minCoeff() > kCollinear;
    if (!regular) {
      curvature.diagonal().array() += kPull;
      factors.compute(curvature);
    }
    ColumnVector next = u_;
    // The second time takes off what rounding left of the first.
    for (int time = 0; time < (regular ? 2 : 1); ++time) {
      const ColumnVector rest = Slope(next) - l1_.cwiseProduct(signs);
      next(free) += factors.solve(ColumnVector(rest(free)));
    }
    return next;
  }

  double Violation(const ColumnVector& u, const ColumnVector& slope) const {
    return OptimalityViolation(-slope, l1_, u, positive_).maxCoeff();
  }
  double Noise() const {
    // No entry of the curvature is above 1; the sums' errors add up to more
    // than one rounding.
    return 16.0 * kEpsilon *
           (linear_.cwiseAbs().maxCoeff() + u_.cwiseAbs().sum());
  }

  ColumnVector root_;
  bool positive_;
  Eigen::MatrixXd curvature_;
  ColumnVector linear_;
  ColumnVector l1_;
  ColumnVector u_;
  ColumnVector slope_;    ///< minus the quadratic's gradient
  ColumnVector settled_;  ///< signs for which the outright solution was tried
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
  constexpr int kMaxPolishes = 10;  // a time; each costs a decomposition
  Descent descent(*this, w);
  bool done = false;
  for (int i = 1; i <= max_sweeps && !done; ++i) {
    const bool still = descent.Sweep() <= kEpsilon * descent.size();
    if (still || i == max_sweeps || i % kSweepsBetweenPolishes == 0) {
      for (int k = 0; k < kMaxPolishes && descent.Polish(); ++k) {
      }
    }
    done = still || descent.Optimal();
  }
  w = descent.w(w);
  return done;
}

}  // namespace tidemill
