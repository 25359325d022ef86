#pragma once

#include <vector>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// What a Gaussian naive Bayes classifier learned, of K classes and d features.
struct GaussianClasses {
  std::vector<double> log_priors;  ///< K: log P(class)
  /// K: minus half the sum of log(2 pi variance), in whose rounding the
  /// library that trained the model has the last word.
  std::vector<double> log_norms;
  std::vector<double> means;      ///< K x d, row-major
  std::vector<double> variances;  ///< K x d, row-major, > 0
};

/// Naive Bayes over features that are normal within every class:
/// P(class) is the softmax of log_prior + (log_norm - sum((x - mean)^2 /
/// variance) / 2), in float64.
///
/// Shapes:  of two classes one output, P(second class); of more one per class.
/// Missing: a NaN feature makes the outputs NaN; impute before.
/// Errors:  the constructor throws ArtifactError unless the shapes agree, every
///          number is finite and every variance > 0.
/// Source:  scikit-learn GaussianNB, its sums in numpy's order: of far outliers
///          the joint log likelihoods are large, and their last bits show.
class GaussianNb final : public Predictor {
 public:
  explicit GaussianNb(GaussianClasses classes);

  std::string_view family() const override { return "gaussian_nb"; }
  std::string_view engine() const override { return "gaussian_nb"; }
  std::size_t num_features() const override {
    return classes_.means.size() / num_classes();
  }
  std::size_t num_outputs() const override {
    return num_classes() == 2 ? 1 : num_classes();
  }
  bool single_precision() const override { return false; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

 private:
  std::size_t num_classes() const { return classes_.log_priors.size(); }
  double JointLogLikelihood(std::size_t k, const double* row,
                            std::span<double> terms) const;

  GaussianClasses classes_;
};

}  // namespace tidemill
