#include "tidemill/model/voting.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tidemill/core/all_finite.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/pairwise_sum.h"
#include "tidemill/model/scratch.h"

namespace tidemill {
namespace {

void CheckWeights(const std::vector<double>& weights, std::size_t members) {
  if (!weights.empty() && weights.size() != members) {
    throw ArtifactError({.where = "voting",
                         .expected = "no weights or " + std::to_string(members),
                         .got = std::to_string(weights.size())});
  }
  const double sum = PairwiseSum(weights);
  const bool finite = std::isfinite(sum) && AllFinite(weights);
  if (!finite || (!weights.empty() && sum == 0.0)) {
    throw ArtifactError({.where = "voting",
                         .expected = "finite weights with a sum other than 0",
                         .got = finite ? "the sum 0" : "NaN or an infinity"});
  }
}

/// T is float where the library adds and divides in float32.
template <typename T>
void Add(double weight, std::span<const double> votes, std::span<double> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] = static_cast<T>(sums[i]) + static_cast<T>(weight * votes[i]);
  }
}

template <typename T>
void Divide(double divisor, std::span<double> sums) {
  for (double& sum : sums) {
    sum = static_cast<T>(sum) / static_cast<T>(divisor);
  }
}

}  // namespace

Voting::Voting(std::vector<Member> members, std::vector<double> weights)
    : members_(std::move(members)), weights_(std::move(weights)) {
  CheckEqualOutputs(members_, "voting");
  CheckWeights(weights_, members_.size());
  divisor_ = weights_.empty() ? static_cast<double>(members_.size())
                              : PairwiseSum(weights_);
}

void Voting::Predict(const Eigen::Ref<const RowMatrix>& features,
                     std::span<double> outputs) const {
  const Scratch scratch(outputs.size());
  const std::span<double> votes = scratch.numbers();
  std::fill(outputs.begin(), outputs.end(), 0.0);
  const bool single = single_precision();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i].Predict(features, votes);
    const double weight = weights_.empty() ? 1.0 : weights_[i];
    (single ? Add<float> : Add<double>)(weight, votes, outputs);
  }
  (single ? Divide<float> : Divide<double>)(divisor_, outputs);
}

void Voting::Save(ArtifactWriter& out) const {
  SaveMembers(members_, out);
  out.Doubles("weights", weights_);
}

PredictorPtr Voting::Load(ArtifactReader& in, int levels) {
  std::vector<Member> members = LoadMembers(in, levels);
  return std::make_unique<Voting>(std::move(members), in.Doubles("weights"));
}

}  // namespace tidemill
