#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tidemill {

/// The B-splines of a degree over a row of knots.
///
/// Shapes:  knots.size() >= 2 * degree + 2, rising, equal ones allowed;
///          num_splines() = knots.size() - degree - 1, of which degree + 1 are
///          not 0 at any one place.
/// Source:  the recursion of de Boor and Cox (de Boor, A Practical Guide to
///          Splines, 1978, chapter X), as scipy's BSpline works it out.
class BSpline {
 public:
  BSpline(std::vector<double> knots, std::size_t degree);

  std::size_t num_splines() const { return knots_.size() - degree_ - 1; }
  /// The ends of the range on which the splines add up to 1.
  double low() const { return knots_[degree_]; }
  double high() const { return knots_[num_splines()]; }

  /// Fills `values` (degree + 1) with what is not 0 at x, or its derivative
  /// there; returns the number of the spline that comes first. Beyond the ends
  /// the outermost pieces go on.
  std::size_t Values(double x, std::span<double> values) const;
  std::size_t Slopes(double x, std::span<double> values) const;

 private:
  std::size_t IntervalOf(double x) const;
  void Raise(double x, std::size_t interval, std::size_t degrees,
             std::span<double> values) const;

  std::vector<double> knots_;
  std::size_t degree_;
};

}  // namespace tidemill
