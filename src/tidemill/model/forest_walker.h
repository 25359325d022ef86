#pragma once

#include "tidemill/model/forest.h"
#include "tidemill/model/predictor.h"

namespace tidemill {

/// Walks a forest tree by tree, all rows in one tree before the next: plain on
/// purpose, the oracle for every faster engine. Does not allocate.
///
/// Source: scikit-learn's, LightGBM's and CatBoost's predictions in float64;
///         an output's values are added in the trees' order.
class ForestWalker final : public Predictor {
 public:
  /// Throws ArtifactError as CheckForest does.
  explicit ForestWalker(Forest forest);

  std::string_view family() const override { return "forest"; }
  std::string_view engine() const override { return "forest_walker"; }
  std::size_t num_features() const override { return forest_.num_features; }
  std::size_t num_outputs() const override { return forest_.num_outputs; }
  bool single_precision() const override { return false; }
  bool float32_features() const override { return forest_.float32_features; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

  const Forest& forest() const { return forest_; }

 private:
  Forest forest_;
};

}  // namespace tidemill
