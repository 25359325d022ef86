#include "tidemill/features/artifact_io.h"

#include <cmath>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"

namespace tidemill {

void ArtifactReader::Refuse(std::string expected, std::string got) const {
  throw ArtifactError({.where = Where(),
                       .expected = std::move(expected),
                       .got = std::move(got)});
}

double ArtifactReader::FiniteDouble(std::string_view name) {
  const double value = Double(name);
  if (!std::isfinite(value)) Refuse("a finite number", NumberText(value));
  return value;
}

std::vector<double> ArtifactReader::FiniteDoubles(std::string_view name) {
  std::vector<double> values = Doubles(name);
  for (const double value : values) {
    if (!std::isfinite(value)) Refuse("finite numbers", NumberText(value));
  }
  return values;
}

}  // namespace tidemill
