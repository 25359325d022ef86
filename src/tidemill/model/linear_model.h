#pragma once

#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// outputs = link(intercepts + coefficients x features), in float64.
///
/// Shapes:  K outputs of d features: K x d coefficients, row-major, and K
///          intercepts; K = 1 unless the link is softmax.
/// Missing: a NaN feature makes the outputs NaN; impute before.
/// Errors:  the constructors throw ArtifactError unless the shapes agree and
///          every number is finite.
/// Source:  scikit-learn's predict and predict_proba; the sums are in the order
///          of the features, softmax's in that of the classes.
class LinearModel final : public Predictor {
 public:
  LinearModel(const RowMatrix& coefficients, std::vector<double> intercepts,
              Link link);
  /// Of one output.
  LinearModel(std::vector<double> coefficients, double intercept, Link link);

  std::string_view family() const override { return "linear"; }
  std::string_view engine() const override { return "linear"; }
  std::size_t num_features() const override {
    return coefficients_.size() / intercepts_.size();
  }
  std::size_t num_outputs() const override { return intercepts_.size(); }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

  const std::vector<double>& coefficients() const { return coefficients_; }
  const std::vector<double>& intercepts() const { return intercepts_; }
  Link link() const { return link_; }

 private:
  LinearModel(std::vector<double> coefficients, std::vector<double> intercepts,
              Link link);
  /// What output k's link is given.
  double Margin(std::span<const double> row, std::size_t k) const;

  std::vector<double> coefficients_;
  std::vector<double> intercepts_;
  Link link_;
};

}  // namespace tidemill
