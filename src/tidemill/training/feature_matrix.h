#pragma once

#include <span>
#include <string>
#include <vector>

#include "tidemill/core/matrix.h"
#include "tidemill/features/frame.h"

namespace tidemill {

/// The frame as a model takes it: rows x columns. Throws ConfigError naming the
/// first column that is no number.
RowMatrix MatrixOf(const Frame& frame);

std::vector<std::string> NamesOf(const Frame& frame);

/// Throws DataError naming the first feature that the model cannot take.
void CheckFeatures(const RowMatrix& features,
                   std::span<const std::string> names, bool takes_missing);

}  // namespace tidemill
