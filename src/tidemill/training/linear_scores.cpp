#include "tidemill/training/linear_scores.h"

#include "tidemill/model/linear_model.h"

namespace tidemill {

TrainedModel MakeLinear(const ColumnVector& coefficients, double intercept,
                        Link link) {
  TrainedModel trained;
  trained.predictor = std::make_unique<LinearModel>(
      std::vector<double>(coefficients.begin(), coefficients.end()), intercept,
      link);
  trained.library_scores = [coefficients, intercept,
                            link](const RowMatrix& features) {
    ColumnVector scores = features * coefficients;
    scores.array() += intercept;
    if (link == Link::kLogistic) {
      scores = (1.0 + (-scores.array()).exp()).inverse();
    }
    return std::vector<double>(scores.begin(), scores.end());
  };
  return trained;
}

}  // namespace tidemill
