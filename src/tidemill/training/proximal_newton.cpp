#include "tidemill/training/proximal_newton.h"

#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include "tidemill/training/penalized_quadratic.h"

namespace tidemill {
namespace {

/// x with S x = y for a symmetric, positive semidefinite S; of several the one
/// that is least on the scale of S's diagonal.
ColumnVector SolveSymmetric(const Eigen::MatrixXd& s, const ColumnVector& y) {
  const ColumnVector inverse = s.diagonal().unaryExpr(
      [](double x) { return x > 0.0 ? 1.0 / std::sqrt(x) : 0.0; });
  const Eigen::MatrixXd scaled =
      inverse.asDiagonal() * s * inverse.asDiagonal();
  const ColumnVector right = y.cwiseProduct(inverse);
  // Of a coefficient's curvature so little is its own when it is collinear.
  constexpr double kCollinear = 1e-13;
  const Eigen::LDLT<Eigen::MatrixXd> factors(scaled);
  if (factors.info() == Eigen::Success &&
      factors.vectorD().minCoeff() > kCollinear) {
    return factors.solve(right).cwiseProduct(inverse);
  }
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> least(s.rows(),
                                                                s.cols());
  least.setThreshold(kCollinear);
  least.compute(scaled);
  return least.solve(right).cwiseProduct(inverse);
}

}  // namespace

double ProximalNewton::Value(const LogisticLoss& loss,
                             const ColumnVector& w) const {
  return loss.Value(w) + l1.dot(w.cwiseAbs()) + 0.5 * l2.dot(w.cwiseAbs2());
}

double ProximalNewton::Violation(const LogisticLoss& loss,
                                 const ColumnVector& w) const {
  const ColumnVector gradient = loss.gradient() + l2.cwiseProduct(w);
  const ColumnVector violation = OptimalityViolation(gradient, l1, w, false);
  constexpr double kLeast = std::numeric_limits<double>::min();
  return violation.cwiseQuotient(loss.steepest().cwiseMax(kLeast)).maxCoeff();
}

/// The softmax does not see what is added to all margins alike, so that without
/// a penalty the Hessian is singular. A curvature along those directions makes
/// it regular and changes no step, for no gradient points there.
void ProximalNewton::PinShifts(const LogisticLoss& loss,
                               Eigen::MatrixXd& curvature) const {
  const Eigen::Index k = loss.margins();
  if (k == 1) return;
  const auto margins = [&](Eigen::Index j) {
    return Eigen::seqN(j, k, loss.width());
  };
  for (Eigen::Index j = 0; j < loss.width(); ++j) {
    if (l1[j] > 0.0 || l2[j] > 0.0) continue;
    const double mean = curvature.diagonal()(margins(j)).mean();
    curvature(margins(j), margins(j)).array() += mean;
  }
}

ColumnVector ProximalNewton::Step(const LogisticLoss& loss,
                                  const ColumnVector& w) const {
  Eigen::MatrixXd curvature = loss.hessian();
  curvature.diagonal() += l2;
  PinShifts(loss, curvature);
  const ColumnVector gradient = loss.gradient() + l2.cwiseProduct(w);
  if ((l1.array() == 0.0).all()) return SolveSymmetric(curvature, -gradient);
  constexpr int kMaxSweeps = 1000;
  ColumnVector next = w;
  ColumnVector linear = curvature * w - gradient;
  PenalizedQuadratic{std::move(curvature), std::move(linear), l1}.Minimize(
      kMaxSweeps, next);
  return next - w;
}

ProximalNewton::Solution ProximalNewton::Minimize(
    LogisticLoss& loss,
    const std::function<void(std::size_t)>& after_step) const {
  // No better answer is to be had from float64's sums.
  constexpr double kEnd = 1e-14;
  constexpr double kRounding = 1e-13;
  constexpr int kMaxHalvings = 50;
  Solution solution = {.w = ColumnVector::Zero(loss.size())};
  ColumnVector& w = solution.w;
  double value = Value(loss, w);
  double before = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0;; ++i) {
    loss.Look(w);
    const double violation = Violation(loss, w);
    solution.converged = violation <= tol;
    const bool falls = violation <= 0.5 * before && violation > kEnd;
    if (i == max_iter || (solution.converged && !falls)) break;
    before = violation;
    ColumnVector step = Step(loss, w);
    if (!step.allFinite()) break;
    const double limit = value + kRounding * std::abs(value);
    double next = Value(loss, w + step);
    for (int k = 0; k < kMaxHalvings && !(next <= limit); ++k) {
      step *= 0.5;
      next = Value(loss, w + step);
    }
    if (!(next <= limit)) break;
    w += step;
    value = next;
    after_step(static_cast<std::size_t>(i) + 1);
  }
  return solution;
}

}  // namespace tidemill
