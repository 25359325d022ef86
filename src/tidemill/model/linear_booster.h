#pragma once

#include <string_view>
#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// XGBoost's linear booster, in its float32 arithmetic.
///
/// Missing: a NaN feature adds nothing.
/// Source:  XGBoost's src/gbm/gblinear.cc: bias + base margin, then feature by
///          feature value * weight.
class LinearBooster final : public Predictor {
 public:
  struct Parts {
    std::vector<float> weights;  ///< features x outputs, row by row
    std::vector<float> biases;   ///< per output
    std::vector<float> base_margins;
    Link link = Link::kIdentity;
  };

  /// Throws ArtifactError unless there are features, sizes agree, every number
  /// is finite and the link fits the number of outputs.
  explicit LinearBooster(Parts parts);

  std::string_view family() const override { return "gblinear"; }
  std::string_view engine() const override { return "linear_booster"; }
  std::size_t num_features() const override {
    return parts_.weights.size() / num_outputs();
  }
  std::size_t num_outputs() const override { return parts_.biases.size(); }
  bool single_precision() const override { return true; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

  const Parts& parts() const { return parts_; }

 private:
  float Margin(const double* row, std::size_t output) const;

  Parts parts_;
};

}  // namespace tidemill
