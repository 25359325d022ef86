#pragma once

#include <vector>

#include "tidemill/model/member.h"

namespace tidemill {

/// The average of what its members give, weighted or not.
///
/// Shapes:  members with equally many outputs; a weight each, or none at all.
/// Errors:  the constructor throws ArtifactError unless that holds and the
///          weights are finite with a sum other than 0.
/// Source:  scikit-learn VotingClassifier (soft) and VotingRegressor, hence
///          numpy.average: sum of weight x output in the members' order,
///          divided by the sum of weights. Without weights the average of
///          float32 outputs is one in float32.
class Voting final : public Predictor {
 public:
  Voting(std::vector<Member> members, std::vector<double> weights);

  std::string_view family() const override { return "voting"; }
  std::string_view engine() const override { return "voting"; }
  std::size_t num_features() const override { return NumFeatures(members_); }
  std::size_t num_outputs() const override {
    return members_[0].predictor().num_outputs();
  }
  bool single_precision() const override {
    return weights_.empty() && AllSinglePrecision(members_);
  }
  bool float32_features() const override {
    return AnyFloat32Features(members_);
  }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in, int levels);

 private:
  std::vector<Member> members_;
  std::vector<double> weights_;
  double divisor_;
};

}  // namespace tidemill
