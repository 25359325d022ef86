#include "tidemill/features/k_means_line.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>

#include "tidemill/features/pairwise_sum.h"

namespace tidemill {
namespace {

constexpr int kMaxRounds = 300;
constexpr double kTolerance = 1e-4;

double MeanOf(std::span<const double> values) {
  return PairwiseSum(values) / static_cast<double>(values.size());
}

double VarianceOf(std::span<const double> values) {
  const double mean = MeanOf(values);
  std::vector<double> squares;
  squares.reserve(values.size());
  for (const double value : values) {
    squares.push_back((value - mean) * (value - mean));
  }
  return MeanOf(squares);
}

class Lloyd {
 public:
  Lloyd(std::vector<double> values, std::vector<double> centers)
      : values_(std::move(values)),
        centers_(std::move(centers)),
        labels_(values_.size(), centers_.size()) {}

  std::vector<double> Run(double tolerance) {
    for (int round = 0; round < kMaxRounds; ++round) {
      const bool changed = Assign();
      const double shift = Move();
      if (!changed || shift <= tolerance) break;
    }
    return std::move(centers_);
  }

 private:
  /// Labels every value with the nearest centre; true when one changed.
  bool Assign() {
    std::vector<double> squares;
    for (const double center : centers_) squares.push_back(center * center);
    bool changed = false;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      // |x - c|^2 less x^2, which is the same for all of them.
      std::size_t nearest = 0;
      double least = squares[0] - 2.0 * (values_[i] * centers_[0]);
      for (std::size_t j = 1; j < centers_.size(); ++j) {
        const double distance = squares[j] - 2.0 * (values_[i] * centers_[j]);
        if (distance < least) {
          least = distance;
          nearest = j;
        }
      }
      changed = changed || labels_[i] != nearest;
      labels_[i] = nearest;
    }
    return changed;
  }

  /// Moves the centres; the sum of the squares of their moves.
  double Move() {
    std::vector<double> moved(centers_.size(), 0.0);
    std::vector<double> counts(centers_.size(), 0.0);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      moved[labels_[i]] += values_[i];
      counts[labels_[i]] += 1.0;
    }
    FillEmpty(moved, counts);
    const auto largest = static_cast<std::size_t>(
        std::max_element(counts.begin(), counts.end()) - counts.begin());
    double shift = 0.0;
    for (std::size_t j = 0; j < moved.size(); ++j) {
      moved[j] =
          counts[j] > 0.0 ? moved[j] * (1.0 / counts[j]) : moved[largest];
      shift += (moved[j] - centers_[j]) * (moved[j] - centers_[j]);
    }
    centers_ = std::move(moved);
    return shift;
  }

  void FillEmpty(std::vector<double>& sums, std::vector<double>& counts) const {
    std::vector<std::size_t> empty;
    for (std::size_t j = 0; j < counts.size(); ++j) {
      if (counts[j] == 0.0) empty.push_back(j);
    }
    if (empty.empty()) return;
    const std::vector<std::size_t> farthest = Farthest(empty.size());
    if (DistanceOf(farthest.front()) == 0.0) return;
    for (std::size_t k = 0; k < empty.size(); ++k) {
      const std::size_t i = farthest[k];
      sums[labels_[i]] -= values_[i];
      counts[labels_[i]] -= 1.0;
      sums[empty[k]] = values_[i];
      counts[empty[k]] = 1.0;
    }
  }

  double DistanceOf(std::size_t i) const {
    const double apart = values_[i] - centers_[labels_[i]];
    return apart * apart;
  }

  std::vector<std::size_t> Farthest(std::size_t count) const {
    std::vector<std::size_t> order(values_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(order.begin(), end, order.end(),
                      [&](std::size_t a, std::size_t b) {
                        const double x = DistanceOf(a);
                        const double y = DistanceOf(b);
                        return x != y ? x > y : a > b;
                      });
    order.erase(end, order.end());
    return order;
  }

  std::vector<double> values_;
  std::vector<double> centers_;
  std::vector<std::size_t> labels_;
};

}  // namespace

std::vector<double> KMeansOnLine(std::span<const double> values,
                                 std::vector<double> centers) {
  assert(!centers.empty() && values.size() >= centers.size());
  const double tolerance = VarianceOf(values) * kTolerance;
  const double mean = MeanOf(values);
  // Around 0 the distances lose the fewest digits.
  std::vector<double> centred(values.begin(), values.end());
  for (double& value : centred) value -= mean;
  for (double& center : centers) center -= mean;
  centers = Lloyd(std::move(centred), std::move(centers)).Run(tolerance);
  for (double& center : centers) center += mean;
  return centers;
}

}  // namespace tidemill
