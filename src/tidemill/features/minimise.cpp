#include "tidemill/features/minimise.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace tidemill {
namespace {

constexpr int kMaxValues = 500;
/// The lesser part of a golden section, (3 - sqrt 5) / 2.
constexpr double kGolden = 2.0 - std::numbers::phi;

struct Point {
  double x = 0.0;
  double f = 0.0;
};

/// Brent's state: the bounds, the three best places, the last two steps.
class BrentSearch {
 public:
  BrentSearch(const Search& search, double value)
      : search_(search),
        lower_(search.lower),
        upper_(search.upper),
        best_{search.start, value},
        second_(best_),
        third_(best_) {}

  bool done() const {
    return std::abs(best_.x - Middle()) <=
           2.0 * Tolerance() - 0.5 * (upper_ - lower_);
  }
  double best() const { return best_.x; }

  /// The next place to look at.
  double Next() {
    const double tolerance = Tolerance();
    if (std::abs(before_last_) <= tolerance || !StepToParabola(tolerance)) {
      before_last_ = (best_.x >= Middle() ? lower_ : upper_) - best_.x;
      last_ = kGolden * before_last_;
    }
    // Nearer than the tolerance, two values differ by rounding only.
    return best_.x + (std::abs(last_) >= tolerance
                          ? last_
                          : std::copysign(tolerance, last_));
  }

  void Take(Point found) {
    if (found.f <= best_.f) {
      (found.x >= best_.x ? lower_ : upper_) = best_.x;
      third_ = std::exchange(second_, std::exchange(best_, found));
      return;
    }
    (found.x < best_.x ? lower_ : upper_) = found.x;
    if (found.f <= second_.f || second_.x == best_.x) {
      third_ = std::exchange(second_, found);
    } else if (found.f <= third_.f || third_.x == best_.x ||
               third_.x == second_.x) {
      third_ = found;
    }
  }

 private:
  double Middle() const { return 0.5 * (lower_ + upper_); }
  double Tolerance() const {
    return search_.relative_tolerance * std::abs(best_.x) +
           search_.absolute_tolerance;
  }

  /// Steps to the lowest point of the parabola through the three places;
  /// false when it lies outside or the steps do not shrink.
  bool StepToParabola(double tolerance) {
    const double r = (best_.x - second_.x) * (best_.f - third_.f);
    double q = (best_.x - third_.x) * (best_.f - second_.f);
    double p = (best_.x - third_.x) * q - (best_.x - second_.x) * r;
    q = 2.0 * (q - r);
    if (q > 0.0) p = -p;
    q = std::abs(q);
    const double shrinking = std::abs(0.5 * q * before_last_);
    before_last_ = last_;
    if (!(std::abs(p) < shrinking && p > q * (lower_ - best_.x) &&
          p < q * (upper_ - best_.x))) {
      return false;
    }
    last_ = p / q;
    const double x = best_.x + last_;
    if (x - lower_ < 2.0 * tolerance || upper_ - x < 2.0 * tolerance) {
      last_ = std::copysign(tolerance, Middle() - best_.x);
    }
    return true;
  }

  Search search_;
  double lower_;
  double upper_;
  Point best_;
  Point second_;
  Point third_;
  double last_ = 0.0;
  double before_last_ = 0.0;
};

}  // namespace

double Minimise(const std::function<double(double)>& function,
                const Search& search) {
  BrentSearch brent(search, function(search.start));
  for (int values = 1; values < kMaxValues && !brent.done(); ++values) {
    const double x = brent.Next();
    brent.Take({x, function(x)});
  }
  return brent.best();
}

double GoldenStart(double lower, double upper) {
  return lower + kGolden * (upper - lower);
}

std::optional<Search> Bracket(const std::function<double(double)>& function,
                              double first, double second) {
  Point back{first, function(first)};
  Point middle{second, function(second)};
  if (back.f < middle.f) std::swap(back, middle);
  for (int values = 2; values < kMaxValues; ++values) {
    const double x = middle.x + std::numbers::phi * (middle.x - back.x);
    const Point ahead{x, function(x)};
    if (!std::isfinite(x)) return std::nullopt;
    if (ahead.f >= middle.f) {
      const auto [lower, upper] = std::minmax(back.x, ahead.x);
      return Search{.lower = lower, .start = middle.x, .upper = upper};
    }
    back = std::exchange(middle, ahead);
  }
  return std::nullopt;
}

}  // namespace tidemill
