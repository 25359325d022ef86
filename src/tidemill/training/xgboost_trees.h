#pragma once

#include <vector>

#include "tidemill/model/tree_ensemble.h"
#include "tidemill/training/xgboost_fields.h"

namespace tidemill {

/// The trees of one of XGBoost's documents, in its order, their output from
/// tree_info; nodes that pruning cut off vanish.
///
/// `model` is gradient_booster.model, of a dart booster
/// gradient_booster.gbtree.model.
/// Errors: ArtifactError naming the tree when arrays differ in length, children
///         loop, categories overlap, or leaves hold more than one number.
/// Source: XGBoost, src/gbm/gbtree_model.cc and src/tree/tree_model.cc.
std::vector<Tree> ReadXgboostTrees(const XgboostFields& model);

/// How many trees the rounds up to the attribute best_iteration grew; all of
/// them without it. Throws ArtifactError when there are fewer.
std::size_t TreesUpToTheBestRound(const XgboostFields& model,
                                  const XgboostFields& attributes,
                                  std::size_t num_outputs);

}  // namespace tidemill
