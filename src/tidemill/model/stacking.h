#pragma once

#include <cstdint>
#include <vector>

#include "tidemill/model/member.h"

namespace tidemill {

/// A final predictor over what its members give: their outputs side by side in
/// the members' order, then the features that are passed through.
///
/// Errors:  the constructor throws ArtifactError unless there are members and
///          the final predictor takes as many features as they and the passed
///          columns give.
/// Source:  scikit-learn StackingClassifier and StackingRegressor.
class Stacking final : public Predictor {
 public:
  Stacking(std::vector<Member> members, std::vector<std::uint64_t> passthrough,
           PredictorPtr final_predictor);

  std::string_view family() const override { return "stacking"; }
  std::string_view engine() const override { return "stacking"; }
  std::size_t num_features() const override { return num_features_; }
  std::size_t num_outputs() const override {
    return final_predictor_->num_outputs();
  }
  bool single_precision() const override {
    return final_predictor_->single_precision();
  }
  bool float32_features() const override {
    return final_predictor_->float32_features() || AnyFloat32Features(members_);
  }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in, int levels);

 private:
  /// Fills rows x the final predictor's features.
  void MakeFinalFeatures(const Eigen::Ref<const RowMatrix>& features,
                         Eigen::Ref<RowMatrix> made) const;

  std::vector<Member> members_;
  std::vector<std::uint64_t> passthrough_;
  PredictorPtr final_predictor_;
  std::size_t num_features_ = 0;
  std::size_t most_outputs_ = 0;  ///< of a member
};

}  // namespace tidemill
