#pragma once

#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// score = link(intercept + sum of coefficient x feature), in float64.
///
/// Missing: a NaN feature makes the score NaN; impute before.
/// Errors:  the constructor throws ArtifactError unless every coefficient is
///          finite.
class LinearModel final : public Predictor {
 public:
  LinearModel(std::vector<double> coefficients, double intercept, Link link);

  std::string_view family() const override { return "linear"; }
  std::string_view engine() const override { return "linear"; }
  std::size_t num_features() const override { return coefficients_.size(); }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> scores) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

  const std::vector<double>& coefficients() const { return coefficients_; }
  double intercept() const { return intercept_; }

 private:
  std::vector<double> coefficients_;
  double intercept_;
  Link link_;
};

}  // namespace tidemill
