#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/matrix.h"
#include "tidemill/core/parameters.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {

/// scikit-learn's `class_weight`: absent, `balanced`, or a map label -> weight
/// in which a class that is not named has weight 1.
class ClassWeights {
 public:
  /// Throws ConfigError.
  explicit ClassWeights(ParameterReader& reader);

  /// Per row: its own weight times that of its class. Balanced: classes weigh
  /// alike in total, each (sum of row weights) / (classes x those of its rows).
  /// Throws ConfigError on a label that the data does not have.
  ColumnVector RowWeights(const ModelFitContext& context) const;

 private:
  ColumnVector PerClass(const ModelFitContext& context,
                        const ColumnVector& row_weights) const;

  struct Named {
    std::string label;
    double weight = 1.0;
    std::string where;
  };
  bool balanced_ = false;
  std::vector<Named> named_;
};

}  // namespace tidemill
