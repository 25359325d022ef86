#include "tidemill/training/feature_matrix.h"

#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {

RowMatrix MatrixOf(const Frame& frame) {
  RowMatrix matrix(static_cast<Eigen::Index>(frame.rows),
                   static_cast<Eigen::Index>(frame.columns.size()));
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    const FrameColumn& column = frame.columns[i];
    if (column.column.kind != ColumnKind::kNumber) {
      throw ConfigError(
          {.where = "pipeline, column '" + column.column.name + "'",
           .expected = "a number at its end (encode or drop the column)",
           .got = "a " + std::string(ToText(column.column.kind))});
    }
    matrix.col(static_cast<Eigen::Index>(i)) = Eigen::Map<const ColumnVector>(
        column.numbers.data(), static_cast<Eigen::Index>(frame.rows));
  }
  return matrix;
}

std::vector<std::string> NamesOf(const Frame& frame) {
  std::vector<std::string> names;
  for (const FrameColumn& column : frame.columns) {
    names.push_back(column.column.name);
  }
  return names;
}

void CheckFeatures(const RowMatrix& features,
                   std::span<const std::string> names, bool takes_missing) {
  for (Eigen::Index j = 0; j < features.cols(); ++j) {
    const auto refuse = [&](std::string expected, std::string got) {
      throw DataError(
          {.where = "feature '" + names[static_cast<std::size_t>(j)] + "'",
           .expected = std::move(expected),
           .got = std::move(got)});
    };
    for (Eigen::Index i = 0; i < features.rows(); ++i) {
      const double x = features(i, j);
      if (std::isnan(x) && !takes_missing) {
        refuse("a number in every row (add a SimpleImputer)",
               "a missing value");
      }
      // Models in float32 have less room; ask the same of all.
      if (std::isinf(static_cast<float>(x))) {
        refuse("numbers that a float32 holds", "a greater one");
      }
    }
  }
}

}  // namespace tidemill
