#include <string>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/training/class_weights.h"
#include "tidemill/training/linear_scores.h"
#include "tidemill/training/logistic_loss.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"
#include "tidemill/training/proximal_newton.h"
#include "tidemill/training/square_matrix.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "LogisticRegression";

/// Logistic regression: minimises
///   C sum of weight x -log P(the row's class)
///   + l1_ratio |w|_1 + (1 - l1_ratio) |w|^2 / 2;
/// intercepts are not penalised. With `penalty: none` the first line alone.
///
/// Classes: of two, one set of coefficients and P(1) = 1 / (1 + exp(-xw - b));
///          of more, a set for each and P their softmax.
/// Weights: a row's own times that of its class (`class_weight`).
/// Method:  ProximalNewton.
/// Source:  scikit-learn LogisticRegression, which has the same optimum; its
///          default tol is 1e-4, ours 1e-8, for Newton's last steps cost
///          little. `penalty` as before its version 1.8; without it l1_ratio
///          says all, as since then.
class LogisticRegression final : public ModelEstimator {
 public:
  explicit LogisticRegression(const ParameterValue& parameters)
      : LogisticRegression(ParameterReader(parameters)) {}

  bool takes_missing() const override { return false; }

  TrainedModel Fit(const RowMatrix& features,
                   const ModelFitContext& context) const override;

 private:
  explicit LogisticRegression(ParameterReader reader) : class_weights_(reader) {
    c_ = ReadDouble(reader, "C", 1.0, {.least = 0.0, .least_open = true});
    ReadPenalty(reader);
    fit_intercept_ = reader.Bool("fit_intercept", true);
    solver_.max_iter = ReadInteger(reader, "max_iter", 100,
                                   {.least = 1, .greatest = 1'000'000});
    solver_.tol =
        ReadDouble(reader, "tol", 1e-8, {.least = 0.0, .least_open = true});
    reader.Finish();
  }

  void ReadPenalty(ParameterReader& reader) {
    const std::string penalty =
        reader.Choice("penalty", "", {"l1", "l2", "elasticnet", "none"});
    const ParameterValue* ratio = reader.Optional("l1_ratio");
    l1_ratio_ = ReadDouble(reader, "l1_ratio", 0.0, {.greatest = 1.0});
    penalized_ = penalty != "none";
    if (penalty.empty() || penalty == "elasticnet") return;
    if (ratio != nullptr) {
      throw ConfigError({.where = ratio->where,
                         .expected = "no l1_ratio beside penalty " + penalty,
                         .got = Describe(*ratio)});
    }
    if (penalty == "l1") l1_ratio_ = 1.0;
  }

  /// Sets the penalties of the loss's coefficients.
  ProximalNewton Solver(const LogisticLoss& loss, Eigen::Index d) const;
  void Warn(const LogisticLoss& loss, const ProximalNewton::Solution& solution,
            std::vector<std::string>& warnings) const;

  ClassWeights class_weights_;
  double c_ = 1.0;
  bool penalized_ = true;
  double l1_ratio_ = 0.0;
  bool fit_intercept_ = true;
  ProximalNewton solver_;
};

ProximalNewton LogisticRegression::Solver(const LogisticLoss& loss,
                                          Eigen::Index d) const {
  ColumnVector penalized = ColumnVector::Zero(loss.width());
  if (penalized_) penalized.head(d).setOnes();
  ProximalNewton solver = solver_;
  solver.l1 = l1_ratio_ * penalized.replicate(loss.margins(), 1);
  solver.l2 = (1.0 - l1_ratio_) * penalized.replicate(loss.margins(), 1);
  return solver;
}

void LogisticRegression::Warn(const LogisticLoss& loss,
                              const ProximalNewton::Solution& solution,
                              std::vector<std::string>& warnings) const {
  if (!penalized_ && loss.Separates(solution.w)) {
    warnings.emplace_back(
        "LogisticRegression without a penalty: the features tell the classes "
        "apart without error, so that the best coefficients are infinite; "
        "add a penalty");
  } else if (!solution.converged) {
    warnings.push_back("LogisticRegression did not converge in " +
                       std::to_string(solver_.max_iter) +
                       " iterations: raise max_iter or tol, or scale the "
                       "features");
  }
}

TrainedModel LogisticRegression::Fit(const RowMatrix& features,
                                     const ModelFitContext& context) const {
  const auto classes = static_cast<Eigen::Index>(context.class_labels.size());
  const Eigen::Index margins = classes > 2 ? classes : 1;
  const Eigen::Index d = features.cols();
  CheckSquareMatrix(kName, margins * (d + 1));
  LogisticLoss loss(features, context.target,
                    c_ * class_weights_.RowWeights(context), margins,
                    fit_intercept_);
  context.progress->Begin(context.stage, 0);
  const ProximalNewton::Solution solution = Solver(loss, d).Minimize(
      loss, [&](std::size_t steps) { context.progress->Advance(steps); });
  if (context.warnings != nullptr) Warn(loss, solution, *context.warnings);
  const Eigen::Map<const RowMatrix> w(solution.w.data(), margins, loss.width());
  RowVector intercepts = RowVector::Zero(margins);
  if (fit_intercept_) intercepts = w.col(d).transpose();
  return MakeLinear(kName, w.leftCols(d), intercepts,
                    margins == 1 ? Link::kLogistic : Link::kSoftmax);
}

ModelEstimatorPtr Configure(const ParameterValue& parameters) {
  return std::make_unique<LogisticRegression>(parameters);
}

}  // namespace

extern const ModelFactory kLogisticRegression{kName, Task::kBinary, Configure};

extern const ModelFactory kLogisticRegressionOfMany{kName, Task::kMulticlass,
                                                    Configure};

}  // namespace tidemill
