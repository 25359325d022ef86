#include "tidemill/model/linear_model.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"

namespace tidemill {
LinearModel::LinearModel(const RowMatrix& coefficients,
                         std::vector<double> intercepts, Link link)
    : LinearModel(
          std::vector<double>(coefficients.data(),
                              coefficients.data() + coefficients.size()),
          std::move(intercepts), link) {}

LinearModel::LinearModel(std::vector<double> coefficients, double intercept,
                         Link link)
    : LinearModel(std::move(coefficients), std::vector<double>{intercept},
                  link) {}

LinearModel::LinearModel(std::vector<double> coefficients,
                         std::vector<double> intercepts, Link link)
    : coefficients_(std::move(coefficients)),
      intercepts_(std::move(intercepts)),
      link_(link) {
  CheckOutputs(intercepts_.size(), link_, "linear model");
  const bool finite = AllFinite(coefficients_) && AllFinite(intercepts_);
  if (!finite || coefficients_.empty()) {
    throw ArtifactError({.where = "linear model",
                         .expected = "at least one coefficient, all finite",
                         .got = finite ? "none" : "NaN or an infinity"});
  }
  if (coefficients_.size() % intercepts_.size() != 0) {
    throw ArtifactError(
        {.where = "linear model",
         .expected = "as many coefficients for each of " +
                     std::to_string(intercepts_.size()) + " outputs",
         .got = std::to_string(coefficients_.size()) + " in all"});
  }
}

void LinearModel::Predict(const Eigen::Ref<const RowMatrix>& features,
                          std::span<double> outputs) const {
  const std::size_t d = num_features();
  const std::size_t width = num_outputs();
  const std::size_t rows = outputs.size() / width;
  assert(features.cols() == static_cast<Eigen::Index>(d));
  assert(features.rows() >= static_cast<Eigen::Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    const double* row =
        features.data() + static_cast<Eigen::Index>(i) * features.outerStride();
    const std::span<double> margins = outputs.subspan(i * width, width);
    for (std::size_t k = 0; k < width; ++k) {
      const double* weights = coefficients_.data() + k * d;
      // One sum in a fixed order: Eigen's product would depend on the shape
      // of the batch in the last bit.
      double margin = intercepts_[k];
      for (std::size_t j = 0; j < d; ++j) margin += weights[j] * row[j];
      margins[k] = margin;
    }
    ApplyLink(link_, margins);
  }
}

void LinearModel::Save(ArtifactWriter& out) const {
  out.Doubles("coefficients", coefficients_);
  out.Doubles("intercepts", intercepts_);
  out.Choice("link", link_, kLinkNames);
}

PredictorPtr LinearModel::Load(ArtifactReader& in) {
  std::vector<double> coefficients = in.FiniteDoubles("coefficients");
  std::vector<double> intercepts = in.FiniteDoubles("intercepts");
  const Link link = in.Choice<Link>("link", kLinkNames);
  // The constructor is private, which make_unique cannot call.
  return PredictorPtr(
      new LinearModel(std::move(coefficients), std::move(intercepts), link));
}

}  // namespace tidemill
