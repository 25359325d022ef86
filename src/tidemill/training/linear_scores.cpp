#include "tidemill/training/linear_scores.h"

#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/model/linear_model.h"

namespace tidemill {
namespace {

RowMatrix Scores(RowMatrix margins, Link link) {
  if (link == Link::kLogistic) {
    margins = (1.0 + (-margins.array()).exp()).inverse();
  } else if (link == Link::kSoftmax) {
    margins.colwise() -= margins.rowwise().maxCoeff().eval();
    margins = margins.array().exp();
    margins.array().colwise() /= margins.array().rowwise().sum().eval();
  }
  return margins;
}

}  // namespace

TrainedModel MakeLinear(std::string_view name, const RowMatrix& coefficients,
                        const RowVector& intercepts, Link link) {
  if (!coefficients.allFinite() || !intercepts.allFinite()) {
    throw DataError({.where = std::string(name),
                     .expected = "numbers that finite coefficients can fit "
                                 "(scale features and target)",
                     .got = "greater or smaller ones"});
  }
  TrainedModel trained;
  trained.predictor = std::make_unique<LinearModel>(
      coefficients, std::vector<double>(intercepts.begin(), intercepts.end()),
      link);
  trained.library_scores = [coefficients, intercepts,
                            link](const RowMatrix& features) {
    RowMatrix margins = features * coefficients.transpose();
    margins.rowwise() += intercepts;
    const RowMatrix scores = Scores(std::move(margins), link);
    return std::vector<double>(scores.data(), scores.data() + scores.size());
  };
  return trained;
}

TrainedModel MakeLinear(std::string_view name, const ColumnVector& coefficients,
                        double intercept) {
  return MakeLinear(name, RowMatrix(coefficients.transpose()),
                    RowVector::Constant(1, intercept), Link::kIdentity);
}

}  // namespace tidemill
