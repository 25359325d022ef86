#include <cmath>
#include <string>

#include "tidemill/training/linear_scores.h"
#include "tidemill/training/linear_system.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"
#include "tidemill/training/penalized_quadratic.h"
#include "tidemill/training/square_matrix.h"

namespace tidemill {
namespace {

/// scikit-learn's duality gap of |b - A w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2: no
/// more than that can be missing to the minimum. Without penalties there is
/// no gap; then |A'(b - A w)|^2, as there.
double DualityGap(const LinearSystem& system, const ColumnVector& w, double l1,
                  double l2, bool positive) {
  const ColumnVector rest = system.b - system.a * w;
  const ColumnVector slope = system.a.transpose() * rest;
  const double rest2 = rest.squaredNorm();
  const double w2 = w.squaredNorm();
  if (l1 == 0.0) {
    if (l2 == 0.0) return slope.squaredNorm();
    return rest2 + 0.5 * l2 * w2 - rest.dot(system.b) +
           slope.squaredNorm() / (2.0 * l2);
  }
  const ColumnVector pull = slope - l2 * w;
  const double steepest =
      positive ? pull.maxCoeff() : pull.cwiseAbs().maxCoeff();
  const double scale = steepest > l1 ? l1 / steepest : 1.0;
  return 0.5 * (1.0 + scale * scale) * (rest2 + l2 * w2) +
         l1 * w.cwiseAbs().sum() - scale * rest.dot(system.b);
}

/// Least squares with L1 and L2 penalties: minimises, with W the sum of the
/// weights,
///   sum of weight (y - xw - b)^2 / (2 W) + alpha l1_ratio |w|_1
///   + alpha (1 - l1_ratio) |w|^2 / 2;
/// the intercept b is not penalised. Lasso is its case l1_ratio = 1.
///
/// Method: cyclic coordinate descent, to the end of float64's precision where
///         max_iter rounds reach it. `tol` says when that counts as converged:
///         the duality gap is at most tol |y - mean|^2; no warning then.
/// Source: scikit-learn ElasticNet and Lasso, which stop at that gap. Their
///         default tol is 1e-4; ours 1e-12, for what is left after them costs
///         little.
class ElasticNet final : public ModelEstimator {
 public:
  ElasticNet(std::string_view name, const ParameterValue& parameters)
      : name_(name) {
    ParameterReader reader(parameters);
    alpha_ = ReadDouble(reader, "alpha", 1.0, {.least = 0.0});
    l1_ratio_ = 1.0;
    if (name == "ElasticNet") {
      l1_ratio_ = ReadDouble(reader, "l1_ratio", 0.5, {.greatest = 1.0});
    }
    fit_intercept_ = reader.Bool("fit_intercept", true);
    positive_ = reader.Bool("positive", false);
    reader.Choice("selection", "cyclic", {"cyclic"});
    max_iter_ = static_cast<int>(ReadInteger(
        reader, "max_iter", 1000, {.least = 1, .greatest = 1'000'000}));
    tol_ = ReadDouble(reader, "tol", 1e-12, {.least = 0.0});
    reader.Finish();
  }

  bool takes_missing() const override { return false; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override {
    CheckSquareMatrix(name_, features.cols());
    const LinearSystem system =
        MakeLinearSystem(name_, features, context, fit_intercept_);
    const double l1 = alpha_ * l1_ratio_ * system.total_weight;
    const double l2 = alpha_ * (1.0 - l1_ratio_) * system.total_weight;
    PenalizedQuadratic quadratic = {
        .curvature = system.a.transpose() * system.a,
        .linear = system.a.transpose() * system.b,
        .l1 = ColumnVector::Constant(features.cols(), l1),
        .positive = positive_};
    quadratic.curvature.diagonal().array() += l2;
    ColumnVector w = ColumnVector::Zero(features.cols());
    quadratic.Minimize(max_iter_, w);
    Warn(system, w, DualityGap(system, w, l1, l2, positive_), context);
    return MakeLinear(name_, w, system.Intercept(w));
  }

 private:
  void Warn(const LinearSystem& system, const ColumnVector& w, double gap,
            const ModelFitContext& context) const {
    if (context.warnings == nullptr) return;
    const std::string name(name_);
    if (!(gap <= tol_ * system.b.squaredNorm())) {
      context.warnings->push_back(
          name + " did not converge in " + std::to_string(max_iter_) +
          " iterations: raise max_iter, alpha or tol, or scale the features");
    }
    const bool something_to_learn = system.b.squaredNorm() > 0.0;
    if (something_to_learn && alpha_ > 0.0 && (w.array() == 0.0).all()) {
      context.warnings->push_back(
          name + ": the penalty left every coefficient 0; lower alpha");
    }
  }

  std::string_view name_;
  double alpha_ = 1.0;
  double l1_ratio_ = 1.0;
  bool fit_intercept_ = true;
  bool positive_ = false;
  int max_iter_ = 1000;
  double tol_ = 1e-12;
};

}  // namespace

extern const ModelFactory kElasticNet{
    "ElasticNet", Task::kRegression, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(
          std::make_unique<ElasticNet>("ElasticNet", parameters));
    }};

extern const ModelFactory kLasso{
    "Lasso", Task::kRegression, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(
          std::make_unique<ElasticNet>("Lasso", parameters));
    }};

}  // namespace tidemill
