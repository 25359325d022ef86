#include "tidemill/model/link.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tidemill/core/errors.h"
#include "tidemill/core/task.h"

namespace tidemill {
namespace {

double Logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// The greatest margin is taken off first, so that nothing overflows.
void Softmax(std::span<double> margins) {
  const double greatest = *std::max_element(margins.begin(), margins.end());
  double sum = 0.0;
  for (double& x : margins) {
    x = std::exp(x - greatest);
    sum += x;
  }
  for (double& x : margins) x /= sum;
}

void DivideBySum(std::span<double> shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& x : shares) {
    x = sum == 0.0 ? 1.0 / static_cast<double>(shares.size()) : x / sum;
  }
}

template <typename Function>
void ApplyToEach(std::span<double> margins, Function function) {
  for (double& x : margins) x = function(x);
}

double ModifiedHuber(double x) {
  return (std::clamp(x, -1.0, 1.0) + 1.0) / 2.0;
}

}  // namespace

void CheckOutputs(std::size_t num_outputs, Link link,
                  const std::string& where) {
  const bool several = link == Link::kSoftmax || link == Link::kOneVsRest;
  const bool one = link == Link::kExp || link == Link::kSignedSquare ||
                   link == Link::kExp2Negative;
  const std::size_t least = several ? 2 : 1;
  const std::size_t most = one ? 1 : kMaxClasses;
  if (num_outputs >= least && num_outputs <= most) return;
  throw ArtifactError({.where = where,
                       .expected = one ? "one output"
                                       : std::to_string(least) + " to " +
                                             std::to_string(most) + " outputs",
                       .got = std::to_string(num_outputs)});
}

void ApplyLink(Link link, std::span<double> margins) {
  switch (link) {
    case Link::kIdentity:
      return;
    case Link::kLogistic:
      return ApplyToEach(margins, Logistic);
    case Link::kSoftmax:
      return Softmax(margins);
    case Link::kExp:
      return ApplyToEach(margins, [](double x) { return std::exp(x); });
    case Link::kOneVsRest:
      ApplyToEach(margins, Logistic);
      return DivideBySum(margins);
    case Link::kModifiedHuber:
      ApplyToEach(margins, ModifiedHuber);
      if (margins.size() > 1) DivideBySum(margins);
      return;
    case Link::kSignedSquare:
      return ApplyToEach(margins,
                         [](double x) { return std::copysign(x * x, x); });
    case Link::kExp2Negative:
      return ApplyToEach(margins, [](double x) { return std::exp2(-x); });
  }
}

}  // namespace tidemill
