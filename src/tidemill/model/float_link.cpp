#include "tidemill/model/float_link.h"

#include <algorithm>
#include <cmath>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

void SoftmaxFloat(std::span<double> margins) {
  const auto greatest =
      static_cast<float>(*std::max_element(margins.begin(), margins.end()));
  double sum = 0.0;
  for (double& x : margins) {
    x = std::exp(static_cast<float>(x) - greatest);
    sum += x;
  }
  for (double& x : margins) x = static_cast<float>(x) / static_cast<float>(sum);
}

}  // namespace

void CheckFloatLink(std::size_t num_outputs, Link link,
                    const std::string& where) {
  if (link != Link::kIdentity && link != Link::kLogistic &&
      link != Link::kSoftmax && link != Link::kExp) {
    throw ArtifactError(
        {.where = where,
         .expected = "the link identity, logistic, softmax or exp",
         .got = std::string(kLinkNames[static_cast<std::size_t>(link)])});
  }
  CheckOutputs(num_outputs, link, where);
}

float LogisticFloat(float margin) {
  // The exponent is capped against overflow; XGBoost's 1e-16 against division
  // by zero is lost in float32 beside the 1.
  const float exponent = std::min(-margin, 88.7F);
  return 1.0F / (std::exp(exponent) + 1.0F);
}

void ApplyFloatLink(Link link, std::span<double> margins) {
  if (link == Link::kSoftmax) return SoftmaxFloat(margins);
  if (link == Link::kIdentity) return;
  for (double& x : margins) {
    const auto margin = static_cast<float>(x);
    x = link == Link::kExp ? std::exp(margin) : LogisticFloat(margin);
  }
}

}  // namespace tidemill
