#pragma once

#include "tidemill/model/tree_ensemble.h"

namespace tidemill {

/// Walks every tree from its root, one row after the other: plain on purpose,
/// the oracle for every faster engine.
///
/// Source: XGBoost's CPU predictor; the margins are added in float32, the base
///         margin first, then tree by tree, each leaf times its tree's weight,
///         as Booster.predict() does. (inplace_predict() of XGBoost before 3.3
///         adds and takes off the base margin once more per tree of a dart
///         booster, which differs in the last bits.)
class TreeWalker final : public Predictor {
 public:
  /// Throws ArtifactError as CheckTrees does.
  explicit TreeWalker(TreeEnsemble ensemble);

  std::string_view family() const override { return "gbtree"; }
  std::string_view engine() const override { return "tree_walker"; }
  std::size_t num_features() const override { return ensemble_.num_features; }
  std::size_t num_outputs() const override { return ensemble_.num_outputs(); }
  bool single_precision() const override { return true; }
  void Predict(const Eigen::Ref<const RowMatrix>& features,
               std::span<double> outputs) const override;
  void Save(ArtifactWriter& out) const override;
  static PredictorPtr Load(ArtifactReader& in);

  const TreeEnsemble& ensemble() const { return ensemble_; }

 private:
  TreeEnsemble ensemble_;
};

}  // namespace tidemill
