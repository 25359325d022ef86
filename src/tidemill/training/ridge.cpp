#include <limits>

#include "tidemill/training/least_squares.h"
#include "tidemill/training/linear_scores.h"
#include "tidemill/training/linear_system.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_checks.h"

namespace tidemill {
namespace {

constexpr std::string_view kName = "Ridge";

/// Least squares with an L2 penalty: minimises
/// sum of weight (y - xw - b)^2 + alpha |w|^2; the intercept b is not
/// penalised. Without a penalty collinear columns share the weight.
///
/// Source: scikit-learn Ridge, solver svd.
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
    const LinearSystem system =
        MakeLinearSystem(kName, features, context, fit_intercept_);
    // What rounding makes of a singular value that is 0.
    const double cutoff =
        static_cast<double>(std::max(features.rows(), features.cols())) *
        std::numeric_limits<double>::epsilon();
    const ColumnVector w =
        SolveLeastSquares(system.a, system.b, alpha_, cutoff).w;
    return MakeLinear(kName, w, system.Intercept(w));
  }

 private:
  double alpha_ = 1.0;
  bool fit_intercept_ = true;
};

}  // namespace

extern const ModelFactory kRidge{
    kName, Task::kRegression, [](const ParameterValue& parameters) {
      return ModelEstimatorPtr(std::make_unique<Ridge>(parameters));
    }};

}  // namespace tidemill
