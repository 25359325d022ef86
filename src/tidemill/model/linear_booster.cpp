#include "tidemill/model/linear_booster.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/float_link.h"
#include "tidemill/model/row_loop.h"

namespace tidemill {
namespace {

constexpr const char* kWhere = "linear booster";

void CheckFinite(const std::vector<float>& numbers) {
  if (AllFinite(numbers)) return;
  throw ArtifactError({.where = kWhere,
                       .expected = "finite weights",
                       .got = "NaN or an infinity"});
}

}  // namespace

LinearBooster::LinearBooster(Parts parts) : parts_(std::move(parts)) {
  CheckFloatLink(num_outputs(), parts_.link, kWhere);
  if (parts_.weights.empty() || parts_.weights.size() % num_outputs() != 0 ||
      parts_.base_margins.size() != num_outputs()) {
    throw ArtifactError(
        {.where = kWhere,
         .expected = "weights and a base margin for each of " +
                     std::to_string(num_outputs()) + " outputs",
         .got = std::to_string(parts_.weights.size()) + " weights, " +
                std::to_string(parts_.base_margins.size()) + " margins"});
  }
  CheckFinite(parts_.weights);
  CheckFinite(parts_.biases);
  CheckFinite(parts_.base_margins);
}

float LinearBooster::Margin(const double* row, std::size_t output) const {
  float margin = parts_.biases[output] + parts_.base_margins[output];
  for (std::size_t j = 0; j < num_features(); ++j) {
    const auto x = static_cast<float>(row[j]);
    if (!std::isnan(x))
      margin += x * parts_.weights[j * num_outputs() + output];
  }
  return margin;
}

void LinearBooster::Predict(const Eigen::Ref<const RowMatrix>& features,
                            std::span<double> outputs) const {
  ForEachRow(*this, features, outputs,
             [&](std::span<const double> row, std::span<double> margins) {
               for (std::size_t k = 0; k < margins.size(); ++k) {
                 margins[k] = Margin(row.data(), k);
               }
               ApplyFloatLink(parts_.link, margins);
             });
}

void LinearBooster::Save(ArtifactWriter& out) const {
  out.Floats("weights", parts_.weights);
  out.Floats("biases", parts_.biases);
  out.Floats("base_margins", parts_.base_margins);
  out.Choice("link", parts_.link, kLinkNames);
}

PredictorPtr LinearBooster::Load(ArtifactReader& in) {
  Parts parts;
  parts.weights = in.Floats("weights");
  parts.biases = in.Floats("biases");
  parts.base_margins = in.Floats("base_margins");
  parts.link = in.Choice<Link>("link", kLinkNames);
  return std::make_unique<LinearBooster>(std::move(parts));
}

}  // namespace tidemill
