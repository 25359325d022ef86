#include "tidemill/features/power_transform.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tidemill/features/minimise.h"
#include "tidemill/features/pairwise_sum.h"

namespace tidemill {
namespace {

using Limits = std::numeric_limits<double>;

constexpr double kEpsilon = Limits::epsilon();
constexpr double kTolerance = 1.48e-8;  // about the root of epsilon, as scipy

/// (e^(l * log) - 1) / l without overflow on the way.
double ShiftedPower(double lambda, double log) {
  constexpr double kLogMax = 709.78;
  // |lambda * log| is below epsilon for every log of a double.
  if (std::abs(lambda) < 1e-19) return log;
  if (lambda * log < kLogMax) return std::expm1(lambda * log) / lambda;
  return std::copysign(std::exp(lambda * log - std::log(std::abs(lambda))),
                       lambda) -
         1.0 / lambda;
}

/// The part of Yeo-Johnson's on one side of 0; `size` is log1p(|x|).
double OneSide(double lambda, double size) {
  return std::abs(lambda) < kEpsilon ? size
                                     : std::expm1(lambda * size) / lambda;
}

double YeoJohnson(double lambda, bool negative, double size) {
  return negative ? -OneSide(2.0 - lambda, size) : OneSide(lambda, size);
}

double Variance(std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = PairwiseSum(values) / n;
  for (double& value : values) value = (value - mean) * (value - mean);
  return PairwiseSum(values) / n;
}

/// The logarithm of a variance; none when it under- or overflowed.
std::optional<double> LogVariance(std::vector<double>& values) {
  const double variance = Variance(values);
  if (!(variance >= Limits::min()) || std::isinf(variance)) return std::nullopt;
  return std::log(variance);
}

/// Minus the likelihood of a lambda: the greater, the worse.
class YeoJohnsonLoss {
 public:
  explicit YeoJohnsonLoss(std::span<const double> values)
      : values_(values), made_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      sizes_.push_back(std::log1p(std::abs(values[i])));
      made_[i] = std::copysign(sizes_[i], values[i]);
    }
    sum_ = PairwiseSum(made_);
  }

  double operator()(double lambda) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      made_[i] = YeoJohnson(lambda, values_[i] < 0.0, sizes_[i]);
    }
    const auto log_variance = LogVariance(made_);
    if (!log_variance) return Limits::infinity();
    return static_cast<double>(values_.size()) / 2.0 * *log_variance -
           (lambda - 1.0) * sum_;
  }

  /// Whatever stands between does not overflow when squared and summed.
  Search Bounds() const {
    const auto [least, greatest] =
        std::minmax_element(values_.begin(), values_.end());
    const double size =
        std::log1p(20.0 * std::max(std::abs(*least), std::abs(*greatest)));
    const double room = std::log(kEpsilon);
    double lower = (std::log(Limits::min()) - room) / 2.0 / size;
    double upper = (std::log(Limits::max()) + room) / 2.0 / size;
    // Below 0 it is the power 2 - lambda.
    const double mirrored_lower = 2.0 - upper;
    const double mirrored_upper = 2.0 - lower;
    if (*greatest < 0.0) {
      lower = mirrored_lower;
      upper = mirrored_upper;
    } else if (*least < 0.0) {
      lower = std::max(mirrored_lower, lower);
      upper = std::min(mirrored_upper, upper);
    }
    return {.lower = lower,
            .start = GoldenStart(lower, upper),
            .upper = upper,
            .relative_tolerance = kTolerance,
            .absolute_tolerance = kTolerance / 3.0};
  }

 private:
  std::span<const double> values_;
  std::vector<double> sizes_;  ///< log1p(|x|)
  std::vector<double> made_;
  double sum_ = 0.0;  ///< of the sizes, with the sign of x
};

/// The same of Box-Cox.
class BoxCoxLoss {
 public:
  explicit BoxCoxLoss(std::span<const double> values) : made_(values.size()) {
    for (const double value : values) logs_.push_back(std::log(value));
    sum_ = PairwiseSum(logs_);
    mean_ = sum_ / static_cast<double>(logs_.size());
    for (double& log : logs_) log -= mean_;
    const auto [least, greatest] =
        std::minmax_element(logs_.begin(), logs_.end());
    least_ = *least;
    greatest_ = *greatest;
  }

  double operator()(double lambda) {
    // The variance of x^l is that of c x^l over c^2, here with c x^l at most
    // 1: no power overflows, and none loses its digits to a common factor.
    const double top = std::max(lambda * least_, lambda * greatest_);
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      made_[i] = lambda == 0.0 ? logs_[i] : std::expm1(lambda * logs_[i] - top);
    }
    const auto log_variance = LogVariance(made_);
    if (!log_variance) return Limits::infinity();
    const double factor =
        lambda == 0.0
            ? 0.0
            : 2.0 * (top + lambda * mean_ - std::log(std::abs(lambda)));
    return static_cast<double>(logs_.size()) / 2.0 * (*log_variance + factor) -
           (lambda - 1.0) * sum_;
  }

 private:
  std::vector<double> logs_;  ///< less their mean
  std::vector<double> made_;
  double sum_ = 0.0;  ///< of the logs
  double mean_ = 0.0;
  double least_ = 0.0;
  double greatest_ = 0.0;
};

}  // namespace

double PowerTransform(PowerMethod method, double lambda, double x) {
  if (std::isnan(x)) return x;
  if (method == PowerMethod::kYeoJohnson) {
    return YeoJohnson(lambda, x < 0.0, std::log1p(std::abs(x)));
  }
  return x > 0.0 ? ShiftedPower(lambda, std::log(x)) : Limits::infinity();
}

std::optional<double> BestLambda(PowerMethod method,
                                 std::span<const double> values) {
  if (method == PowerMethod::kYeoJohnson) {
    YeoJohnsonLoss loss(values);
    return Minimise(std::ref(loss), loss.Bounds());
  }
  BoxCoxLoss loss(values);
  std::optional<Search> search = Bracket(std::ref(loss), -2.0, 2.0);
  if (!search) return std::nullopt;
  search->relative_tolerance = kTolerance;
  search->absolute_tolerance = 1e-11;
  return Minimise(std::ref(loss), *search);
}

}  // namespace tidemill
