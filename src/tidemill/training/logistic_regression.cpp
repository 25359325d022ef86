#include <cmath>
#include <string>

#include <Eigen/Cholesky>

#include "tidemill/training/linear_scores.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"

namespace tidemill {
namespace {

/// Logistic regression with an L2 penalty: minimises
/// C sum log(1 + exp(-y (xw + b))) + |w|^2 / 2, y being -1 or 1; the intercept
/// b is not penalised.
///
/// Method: Newton's with step halving. It stops when no component of the
///         gradient of the mean loss exceeds `tol`.
/// Source: scikit-learn LogisticRegression, which has the same optimum; its
///         default tol is 1e-4, ours 1e-8, for Newton's last steps cost little.
class LogisticRegression final : public ModelEstimator {
 public:
  explicit LogisticRegression(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    c_ = ReadDouble(reader, "C", 1.0, {.least = 0.0, .least_open = true});
    fit_intercept_ = reader.Bool("fit_intercept", true);
    max_iter_ = ReadInteger(reader, "max_iter", 100,
                            {.least = 1, .greatest = 1'000'000});
    tol_ = ReadDouble(reader, "tol", 1e-8, {.least = 0.0, .least_open = true});
    reader.Finish();
  }

  bool takes_missing() const override { return false; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override;

 private:
  double c_ = 1.0;
  bool fit_intercept_ = true;
  std::int64_t max_iter_ = 100;
  double tol_ = 1e-8;
};

/// The function to minimise, over w and, last, b.
class Objective {
 public:
  Objective(const RowMatrix& features, std::span<const double> target, double c,
            bool fit_intercept)
      : x_(features.rows(), features.cols() + 1),
        y_(Eigen::Map<const ColumnVector>(
            target.data(), static_cast<Eigen::Index>(target.size()))),
        c_(c),
        penalty_(ColumnVector::Ones(x_.cols())) {
    x_.leftCols(features.cols()) = features;
    x_.rightCols(1).setConstant(fit_intercept ? 1.0 : 0.0);
    // Without an intercept the penalty alone keeps its coefficient at 0.
    if (fit_intercept) penalty_[penalty_.size() - 1] = 0.0;
  }

  Eigen::Index size() const { return x_.cols(); }
  double scale() const { return c_ * static_cast<double>(x_.rows()); }

  double Value(const ColumnVector& w) const {
    const ColumnVector margin = x_ * w;
    double loss = 0.0;
    for (Eigen::Index i = 0; i < margin.size(); ++i) {
      // log(1 + exp(m)) - y m, without overflow.
      const double m = margin[i];
      loss += std::max(m, 0.0) + std::log1p(std::exp(-std::abs(m))) - y_[i] * m;
    }
    return c_ * loss + 0.5 * w.cwiseAbs2().dot(penalty_);
  }

  /// Works out gradient and Hessian at w.
  void Look(const ColumnVector& w) {
    const ColumnVector p = (1.0 + (-(x_ * w).array()).exp()).inverse().matrix();
    gradient_ = c_ * (x_.transpose() * (p - y_)) + w.cwiseProduct(penalty_);
    const ColumnVector root = (p.array() * (1.0 - p.array())).sqrt();
    hessian_ = penalty_.asDiagonal();
    hessian_.selfadjointView<Eigen::Lower>().rankUpdate(
        (root.asDiagonal() * x_).transpose(), c_);
  }

  const ColumnVector& gradient() const { return gradient_; }
  ColumnVector NewtonStep() const {
    return hessian_.selfadjointView<Eigen::Lower>().ldlt().solve(-gradient_);
  }

 private:
  Eigen::MatrixXd x_;
  ColumnVector y_;
  double c_;
  ColumnVector penalty_;
  ColumnVector gradient_;
  Eigen::MatrixXd hessian_;
};

TrainedModel LogisticRegression::Fit(const RowMatrix& features,
                                     const ModelFitContext& context) const {
  Objective objective(features, context.target, c_, fit_intercept_);
  ColumnVector w = ColumnVector::Zero(objective.size());
  double value = objective.Value(w);
  bool converged = false;
  context.progress->Begin(context.stage, 0);
  for (std::int64_t i = 0; i < max_iter_ && !converged; ++i) {
    objective.Look(w);
    converged =
        objective.gradient().cwiseAbs().maxCoeff() <= tol_ * objective.scale();
    if (converged) break;
    ColumnVector step = objective.NewtonStep();
    constexpr int kMaxHalvings = 50;
    double next = objective.Value(w + step);
    for (int k = 0; k < kMaxHalvings && !(next <= value); ++k) {
      step *= 0.5;
      next = objective.Value(w + step);
    }
    // At the end of float64's precision no step goes down any more.
    if (!(next <= value)) break;
    w += step;
    value = next;
    context.progress->Advance(static_cast<std::size_t>(i) + 1);
  }
  if (!converged) {
    objective.Look(w);
    converged =
        objective.gradient().cwiseAbs().maxCoeff() <= tol_ * objective.scale();
  }
  if (!converged && context.warnings != nullptr) {
    context.warnings->push_back(
        "LogisticRegression did not converge in " + std::to_string(max_iter_) +
        " iterations: raise max_iter or tol, or scale the features");
  }
  const Eigen::Index last = w.size() - 1;
  return MakeLinear(w.head(last), fit_intercept_ ? w[last] : 0.0,
                    Link::kLogistic);
}

ModelEstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<LogisticRegression>(parameters);
}

}  // namespace

extern const ModelFactory kLogisticRegression{"LogisticRegression",
                                              Task::kBinary, Configure};

}  // namespace tidemill
