#include "tidemill/model/linear_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/row_loop.h"

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
  ForEachRow(*this, features, outputs,
             [&](std::span<const double> row, std::span<double> margins) {
               for (std::size_t k = 0; k < margins.size(); ++k) {
                 margins[k] = Margin(row, k);
               }
               ApplyLink(link_, margins);
             });
}

double LinearModel::Margin(std::span<const double> row, std::size_t k) const {
  const double* weights = coefficients_.data() + k * row.size();
  // One sum in a fixed order: Eigen's product would depend on the shape of the
  // batch in the last bit.
  double margin = intercepts_[k];
  for (std::size_t j = 0; j < row.size(); ++j) margin += weights[j] * row[j];
  return margin;
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
