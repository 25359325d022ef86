#pragma once

#include <string>
#include <string_view>

#include <Eigen/Core>

#include "tidemill/core/errors.h"

namespace tidemill {

/// Throws DataError when a model learns through a square matrix of so many
/// coefficients that it would take gigabytes.
inline void CheckSquareMatrix(std::string_view model,
                              Eigen::Index coefficients) {
  constexpr Eigen::Index kMax = 8192;  // 512 MiB a matrix
  if (coefficients <= kMax) return;
  throw DataError({.where = std::string(model),
                   .expected = "at most " + std::to_string(kMax) +
                               " coefficients (select or merge features)",
                   .got = std::to_string(coefficients)});
}

}  // namespace tidemill
