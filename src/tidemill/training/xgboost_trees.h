#pragma once

#include <string_view>

#include "tidemill/model/tree_ensemble.h"

namespace tidemill {

/// The trees of a model that XGBoost saved as UBJSON, with its arithmetic.
///
/// Takes:  gbtree with objective reg:squarederror, binary:logistic or
///         multi:softprob, one tree a round and class, numeric splits.
/// Errors: DataError naming what the model has instead.
/// Source: XGBoost 1.7, doc/model.schema and src/tree/tree_model.cc.
TreeEnsemble ReadXgboostTrees(std::string_view ubjson);

}  // namespace tidemill
