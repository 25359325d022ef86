#pragma once

#include <functional>
#include <optional>

namespace tidemill {

/// Where to look for the least value of a function, and how closely.
struct Search {
  double lower = 0.0;
  double start = 0.0;  ///< within lower and upper
  double upper = 0.0;
  double relative_tolerance = 0.0;  ///< of the place found
  double absolute_tolerance = 0.0;
};

/// The place within the bounds where the function has a least value; a local
/// one when it has several. Ends after 500 values at the latest.
///
/// Source: Brent, Algorithms for minimization without derivatives (1973),
///         chapter 5: parabolas through the last three places, golden sections
///         where they do not help.
double Minimise(const std::function<double(double)>& function,
                const Search& search);

/// The place a golden section from the lower end: a good start without a
/// better one.
double GoldenStart(double lower, double upper);

/// Bounds around a place that is lower than both, found from two places by
/// steps downhill that grow; nothing when the function falls without end.
std::optional<Search> Bracket(const std::function<double(double)>& function,
                              double first, double second);

}  // namespace tidemill
