#include <Eigen/Cholesky>
#include <Eigen/QR>

#include "tidemill/training/linear_scores.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"

namespace tidemill {
namespace {

/// Least squares with an L2 penalty: minimises |y - Xw - b|^2 + alpha |w|^2;
/// the intercept b is not penalised.
///
/// Source: scikit-learn Ridge.
class Ridge final : public ModelEstimator {
 public:
  explicit Ridge(const ParameterValue& parameters) {
    ParameterReader reader(parameters);
    alpha_ = ReadDouble(reader, "alpha", 1.0, {.least = 0.0});
    fit_intercept_ = reader.Bool("fit_intercept", true);
    reader.Finish();
  }

  bool takes_missing() const override { return false; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override {
    const Eigen::Map<const ColumnVector> target(
        context.target.data(),
        static_cast<Eigen::Index>(context.target.size()));
    RowVector center = RowVector::Zero(features.cols());
    double mean = 0.0;
    if (fit_intercept_) {
      center = features.colwise().mean();
      mean = target.mean();
    }
    const Eigen::MatrixXd x = features.rowwise() - center;
    const ColumnVector w = Solve(x, target.array() - mean);
    return MakeLinear(w, mean - center.dot(w), Link::kIdentity);
  }

 private:
  ColumnVector Solve(const Eigen::MatrixXd& x, const ColumnVector& y) const {
    // Without a penalty collinear columns have no single answer: take the one
    // of least norm.
    if (alpha_ == 0.0) return x.completeOrthogonalDecomposition().solve(y);
    Eigen::MatrixXd gram =
        alpha_ * Eigen::MatrixXd::Identity(x.cols(), x.cols());
    gram.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
    return gram.selfadjointView<Eigen::Lower>().ldlt().solve(x.transpose() * y);
  }

  double alpha_ = 1.0;
  bool fit_intercept_ = true;
};

ModelEstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<Ridge>(parameters);
}

}  // namespace

extern const ModelFactory kRidge{"Ridge", Task::kRegression, Configure};

}  // namespace tidemill
