#include "tidemill/features/univariate_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tidemill {
namespace {

/// Of one class.
struct ClassSums {
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;
};

/// Classes without a row are left out.
std::vector<ClassSums> SumsByClass(std::span<const double> values,
                                   std::span<const double> target,
                                   std::size_t classes) {
  std::vector<ClassSums> sums(classes);
  for (std::size_t row = 0; row < values.size(); ++row) {
    ClassSums& own = sums[static_cast<std::size_t>(target[row])];
    own.count += 1.0;
    own.sum += values[row];
    own.squares += values[row] * values[row];
  }
  std::erase_if(sums, [](const ClassSums& own) { return own.count == 0.0; });
  return sums;
}

double Sum(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum;
}

bool IsConstant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(),
                     [&](double value) { return value == values.front(); });
}

}  // namespace

double FClassif(std::span<const double> values, std::span<const double> target,
                std::size_t classes) {
  // What rounding leaves of a constant's variances is no score.
  if (IsConstant(values)) return std::numeric_limits<double>::quiet_NaN();
  const std::vector<ClassSums> groups = SumsByClass(values, target, classes);
  const auto rows = static_cast<double>(values.size());
  double squares = 0.0;
  double sum = 0.0;
  for (const ClassSums& group : groups) {
    squares += group.squares;
    sum += group.sum;
  }
  const double mean_square = sum * sum / rows;
  double between = 0.0;
  for (const ClassSums& group : groups) {
    between += group.sum * group.sum / group.count;
  }
  between -= mean_square;
  const double within = squares - mean_square - between;
  const auto count = static_cast<double>(groups.size());
  return between / (count - 1.0) / (within / (rows - count));
}

double Chi2(std::span<const double> values, std::span<const double> target,
            std::size_t classes) {
  const double all = Sum(values);
  double statistic = 0.0;
  for (const ClassSums& group : SumsByClass(values, target, classes)) {
    const double expected =
        group.count / static_cast<double>(values.size()) * all;
    const double apart = group.sum - expected;
    statistic += apart * apart / expected;
  }
  return statistic;
}

double FRegression(std::span<const double> values,
                   std::span<const double> target) {
  if (IsConstant(values) || IsConstant(target)) return 0.0;
  const auto rows = static_cast<double>(values.size());
  const double mean = Sum(values) / rows;
  const double target_mean = Sum(target) / rows;
  double squares = 0.0;
  double target_squares = 0.0;
  double products = 0.0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double y = target[row] - target_mean;
    squares += values[row] * values[row];
    target_squares += y * y;
    products += y * values[row];
  }
  const double correlation = products /
                             std::sqrt(squares - rows * (mean * mean)) /
                             std::sqrt(target_squares);
  const double squared = correlation * correlation;
  const double f = squared / (1.0 - squared) * (rows - 2.0);
  if (std::isnan(f)) return 0.0;
  return std::isinf(f) ? std::numeric_limits<double>::max() : f;
}

}  // namespace tidemill
