#include "tidemill/model/linear_model.h"

#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {

LinearModel::LinearModel(std::vector<double> coefficients, double intercept,
                         Link link)
    : coefficients_(std::move(coefficients)),
      intercept_(intercept),
      link_(link) {
  bool finite = std::isfinite(intercept_);
  for (const double c : coefficients_) finite = finite && std::isfinite(c);
  if (!finite || coefficients_.empty()) {
    throw ArtifactError({.where = "linear model",
                         .expected = "at least one coefficient, all finite",
                         .got = finite ? "none" : "NaN or an infinity"});
  }
}

void LinearModel::Predict(const Eigen::Ref<const RowMatrix>& features,
                          std::span<double> scores) const {
  assert(features.cols() == static_cast<Eigen::Index>(coefficients_.size()));
  assert(features.rows() >= static_cast<Eigen::Index>(scores.size()));
  const std::size_t d = coefficients_.size();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double* row =
        features.data() + static_cast<Eigen::Index>(i) * features.outerStride();
    // One sum in a fixed order: Eigen's product would depend on the shape of
    // the batch in the last bit.
    double margin = intercept_;
    for (std::size_t j = 0; j < d; ++j) margin += coefficients_[j] * row[j];
    scores[i] =
        link_ == Link::kLogistic ? 1.0 / (1.0 + std::exp(-margin)) : margin;
  }
}

void LinearModel::Save(ArtifactWriter& out) const {
  out.Doubles(coefficients_);
  out.Double(intercept_);
  out.U8(static_cast<std::uint8_t>(link_));
}

PredictorPtr LinearModel::Load(ArtifactReader& in) {
  std::vector<double> coefficients = in.FiniteDoubles();
  const double intercept = in.FiniteDouble();
  const Link link = in.Choice<Link>(2);
  return std::make_unique<LinearModel>(std::move(coefficients), intercept,
                                       link);
}

}  // namespace tidemill
