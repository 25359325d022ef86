#include "tidemill/features/smoothed_means.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "tidemill/features/expression.h"
#include "tidemill/features/pairwise_sum.h"

namespace tidemill {
namespace {

/// Sums of one category.
struct Cell {
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;  ///< around the category's mean
};

double Shrunk(const Cell& cell, const TargetSample& sample) {
  const double mean = cell.sum / cell.count;
  const double between = sample.variance * cell.count;
  const double within = cell.squares / cell.count;
  const double lambda = between / (between + within);
  // Neither the target nor the category varies.
  if (std::isnan(lambda)) return sample.mean;
  return lambda * mean + (1.0 - lambda) * sample.mean;
}

}  // namespace

TargetSample MakeTargetSample(std::vector<std::size_t> rows,
                              std::vector<double> y) {
  assert(!rows.empty() && rows.size() == y.size());
  TargetSample sample{
      .rows = std::move(rows), .y = std::move(y), .mean = 0.0, .variance = 0.0};
  const auto n = static_cast<double>(sample.y.size());
  sample.mean = PairwiseSum(sample.y) / n;
  std::vector<double> squares;
  squares.reserve(sample.y.size());
  for (const double value : sample.y) {
    const double d = value - sample.mean;
    squares.push_back(d * d);
  }
  sample.variance = PairwiseSum(squares) / n;
  return sample;
}

std::vector<double> SmoothedMeans(const FrameColumn& column,
                                  const TargetSample& sample,
                                  std::optional<double> smooth) {
  const std::size_t size = column.column.categories.size() + kTableShift;
  std::vector<Cell> cells(size);
  if (smooth) {
    // Before the rows, as the origin adds: the order shows in the last bit.
    for (Cell& cell : cells) cell.sum = *smooth * sample.mean;
  }
  const auto cell_of = [&](std::size_t i) -> Cell& {
    const std::int32_t entry = column.codes[sample.rows[i]] + kTableShift;
    return cells[static_cast<std::size_t>(entry)];
  };
  for (std::size_t i = 0; i < sample.rows.size(); ++i) {
    Cell& cell = cell_of(i);
    cell.count += 1.0;
    cell.sum += sample.y[i];
  }
  for (std::size_t i = 0; !smooth && i < sample.rows.size(); ++i) {
    Cell& cell = cell_of(i);
    const double d = sample.y[i] - cell.sum / cell.count;
    cell.squares += d * d;
  }
  std::vector<double> table(size, sample.mean);
  for (std::size_t i = 1; i < size; ++i) {
    const Cell& cell = cells[i];
    if (cell.count == 0.0) continue;
    table[i] =
        smooth ? cell.sum / (cell.count + *smooth) : Shrunk(cell, sample);
  }
  return table;
}

}  // namespace tidemill
