#include <string>

#include "tidemill/training/least_squares.h"
#include "tidemill/training/linear_scores.h"
#include "tidemill/training/linear_system.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"
#include "tidemill/training/penalized_quadratic.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "LinearRegression";

/// Ordinary least squares: minimises sum of weight (y - xw - b)^2.
///
/// Collinear columns: singular values up to `tol` times the greatest count as
///         0, and of the many answers left the one of least |w| is taken.
/// Source: scikit-learn LinearRegression; its default tol is ours.
class LinearRegression final : public ModelEstimator {
 public:
  explicit LinearRegression(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    fit_intercept_ = reader.Bool("fit_intercept", true);
    positive_ = reader.Bool("positive", false);
    tol_ = ReadDouble(reader, "tol", 1e-6, {.least = 0.0, .greatest = 1.0});
    reader.Finish();
  }

  bool takes_missing() const override { return false; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override {
    const LinearSystem system =
        MakeLinearSystem(kName, features, context, fit_intercept_);
    const ColumnVector w =
        positive_ ? NonNegative(system, context) : Free(system, context);
    return MakeLinear(kName, w, system.Intercept(w));
  }

 private:
  ColumnVector Free(const LinearSystem& system,
                    const ModelFitContext& context) const {
    const LeastSquaresSolution solution =
        SolveLeastSquares(system.a, system.b, 0.0, tol_);
    if (solution.rank < system.a.cols() && context.warnings != nullptr) {
      context.warnings->push_back(
          "LinearRegression: the " + std::to_string(system.a.cols()) +
          " features have rank " + std::to_string(solution.rank) +
          " (constant or collinear ones, or too few rows): of the many answers "
          "the one of least coefficients was taken");
    }
    return solution.w;
  }

  static ColumnVector NonNegative(const LinearSystem& system,
                                  const ModelFitContext& context) {
    const PenalizedQuadratic quadratic = {
        .curvature = system.a.transpose() * system.a,
        .linear = system.a.transpose() * system.b,
        .l1 = ColumnVector::Zero(system.a.cols()),
        .positive = true};
    ColumnVector w = ColumnVector::Zero(system.a.cols());
    if (!quadratic.Minimize(kMaxSweeps, w) && context.warnings != nullptr) {
      context.warnings->push_back(
          "LinearRegression, positive: the answer is not the best one; the "
          "features are close to collinear");
    }
    return w;
  }

  static constexpr int kMaxSweeps = 100'000;

  bool fit_intercept_ = true;
  bool positive_ = false;
  double tol_ = 1e-6;
};

}  // namespace

extern const ModelFactory kLinearRegression{
    kName, Task::kRegression, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(std::make_unique<LinearRegression>(parameters));
    }};

}  // namespace tidemill
