#include "tidemill/features/standardise.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

}  // namespace

void Standardise::Apply(std::span<double> values) const {
  // Divide, do not multiply by 1/scale: the two differ in the last bit, and
  // scores must equal the research ones.
  for (double& value : values) value = (value - centre_) / scale_;
}

void Standardise::Save(ArtifactWriter& out) const {
  out.Double("centre", centre_);
  out.Double("scale", scale_);
}

SavedMapPtr Standardise::Load(ArtifactReader& in) {
  const double centre = in.FiniteDouble("centre");
  const double scale = in.FiniteDouble("scale");
  if (scale <= 0.0) in.Refuse("a scale > 0", NumberText(scale));
  return std::make_shared<Standardise>(centre, scale);
}

bool Moments::finite() const {
  return std::isfinite(mean) && std::isfinite(variance);
}

bool Moments::constant() const {
  const auto n = static_cast<double>(count);
  const double bound =
      n * kEpsilon * variance + std::pow(n * mean * kEpsilon, 2);
  return variance <= bound;
}

Moments MomentsOf(std::span<const double> values) {
  Moments m;
  double sum = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++m.count;
  }
  if (m.count == 0) return m;
  const auto count = static_cast<double>(m.count);
  m.mean = sum / count;
  double squares = 0.0;
  double rest = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    const double difference = value - m.mean;
    squares += difference * difference;
    rest += difference;
  }
  m.variance = (squares - rest * rest / count) / count;
  return m;
}

double ScaleOrOne(double scale) {
  return scale < 10.0 * kEpsilon ? 1.0 : scale;
}

}  // namespace tidemill
