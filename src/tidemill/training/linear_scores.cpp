#include "tidemill/training/linear_scores.h"

#include <cmath>
#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/model/linear_model.h"

namespace tidemill {

TrainedModel MakeLinear(std::string_view name, const ColumnVector& coefficients,
                        double intercept, Link link) {
  if (!coefficients.allFinite() || !std::isfinite(intercept)) {
    throw DataError({.where = std::string(name),
                     .expected = "numbers that finite coefficients can fit "
                                 "(scale features and target)",
                     .got = "greater or smaller ones"});
  }
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
