#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/matrix.h"
#include "tidemill/features/step.h"

namespace tidemill {

/// z = (components x - offsets) / scales: d columns to k.
struct ProjectionParameters {
  std::vector<std::string> columns;  ///< d
  RowMatrix components;              ///< k x d
  std::vector<double> offsets;       ///< k
  std::vector<double> scales;        ///< k, each > 0
};

/// The fitted step. Its columns are `prefix` and a number from 0.
/// Missing: a missing number in a row makes the row's results NaN.
/// `step` and `prefix` are literals.
StepPtr MakeProjection(std::string_view step, std::string_view prefix,
                       ProjectionParameters parameters);

/// Reads what such a step saved. Throws ArtifactError.
StepPtr LoadProjection(std::string_view step, std::string_view prefix,
                       ArtifactReader& in);

}  // namespace tidemill
