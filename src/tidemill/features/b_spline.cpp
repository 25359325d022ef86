#include "tidemill/features/b_spline.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemill {

BSpline::BSpline(std::vector<double> knots, std::size_t degree)
    : knots_(std::move(knots)), degree_(degree) {
  assert(knots_.size() >= 2 * degree_ + 2);
}

/// The last one that begins at or before x, of those within the ends.
std::size_t BSpline::IntervalOf(double x) const {
  const auto first = knots_.begin() + static_cast<std::ptrdiff_t>(degree_ + 1);
  const auto last = knots_.begin() + static_cast<std::ptrdiff_t>(num_splines());
  const auto place = std::upper_bound(first, last, x);
  return static_cast<std::size_t>(place - knots_.begin()) - 1;
}

/// From the single spline of degree 0 up to those of degree `degrees`.
void BSpline::Raise(double x, std::size_t interval, std::size_t degrees,
                    std::span<double> values) const {
  values[0] = 1.0;
  for (std::size_t degree = 1; degree <= degrees; ++degree) {
    double carried = 0.0;
    for (std::size_t n = 0; n < degree; ++n) {
      const double right = knots_[interval + n + 1];
      const double left = knots_[interval + n + 1 - degree];
      const double lower = values[n];
      values[n] = carried;
      carried = 0.0;
      if (right == left) continue;
      const double share = lower / (right - left);
      values[n] += share * (right - x);
      carried = share * (x - left);
    }
    values[degree] = carried;
  }
}

std::size_t BSpline::Values(double x, std::span<double> values) const {
  const std::size_t interval = IntervalOf(x);
  Raise(x, interval, degree_, values);
  return interval - degree_;
}

std::size_t BSpline::Slopes(double x, std::span<double> values) const {
  const std::size_t interval = IntervalOf(x);
  const std::size_t first = interval - degree_;
  if (degree_ == 0) {
    values[0] = 0.0;
    return first;
  }
  Raise(x, interval, degree_ - 1, values);
  double carried = 0.0;
  for (std::size_t n = 0; n < degree_; ++n) {
    const double right = knots_[interval + n + 1];
    const double left = knots_[interval + n + 1 - degree_];
    const double lower = values[n];
    const double share =
        right == left ? 0.0
                      : static_cast<double>(degree_) * lower / (right - left);
    values[n] = carried - share;
    carried = share;
  }
  values[degree_] = carried;
  return first;
}

}  // namespace tidemill
