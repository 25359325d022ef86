#pragma once

#include "tidemill/model/predictor.h"

namespace tidemill {

/// 1 - p of a binary predictor: P(first class) of one that gives that of the
/// second. In float32 where p is.
///
/// Errors:  the constructor throws ArtifactError unless there is one output.
/// Source:  the first column of scikit-learn's and XGBoost's predict_proba.
class Complement final : public Predictor {
 public:
  explicit Complement(PredictorPtr predictor);

  std::string_view family() const override { return "complement"; }
  std::string_view engine() const override { return predictor_->engine(); }
  std::size_t num_features() const override {
    return predictor_->num_features();
  }
  std::size_t num_outputs() const override { return 1; }
  bool single_precision() const override {
    return predictor_->single_precision();
  }
  bool float32_features() const override {
    return predictor_->float32_features();
  }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in, int levels);

 private:
  PredictorPtr predictor_;
};

}  // namespace tidemill
