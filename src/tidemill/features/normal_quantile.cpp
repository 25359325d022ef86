#include "tidemill/features/normal_quantile.h"

#include <limits>
#include <numbers>

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/erf.hpp>

namespace tidemill {
namespace {

using Limits = std::numeric_limits<double>;

// No long double: it is several times slower and the last bits do not count.
using InDouble =
    boost::math::policies::policy<boost::math::policies::promote_double<false>>;

}  // namespace

double NormalQuantile(double p) {
  if (p == 0.0) return -Limits::infinity();
  if (p == 1.0) return Limits::infinity();
  if (!(p > 0.0 && p < 1.0)) return Limits::quiet_NaN();
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * p, InDouble());
}

}  // namespace tidemill
