#pragma once

#include <cassert>
#include <cstddef>
#include <span>

#include "tidemill/model/predictor.h"

namespace tidemill {

/// For a predictor that takes one row after the other: calls `each` with every
/// row's features (num_features() of them) and where its outputs go
/// (num_outputs()). Requires what Predictor::Predict does.
template <typename Each>
void ForEachRow(const Predictor& predictor,
                const Eigen::Ref<const RowMatrix>& features,
                std::span<double> outputs, Each each) {
  const std::size_t width = predictor.num_outputs();
  const std::size_t rows = outputs.size() / width;
  const std::size_t d = predictor.num_features();
  assert(features.cols() == static_cast<Eigen::Index>(d));
  assert(features.rows() >= static_cast<Eigen::Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    const double* row =
        features.data() + static_cast<Eigen::Index>(i) * features.outerStride();
    each(std::span<const double>(row, d), outputs.subspan(i * width, width));
  }
}

}  // namespace tidemill
