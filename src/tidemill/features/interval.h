#pragma once

#include <string_view>

#include "tidemill/core/parameters.h"

namespace tidemill {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// A parameter that is a list of two numbers, the greater one last; throws
/// ConfigError.
Interval ReadInterval(ParameterReader& reader, std::string_view name,
                      Interval otherwise);

}  // namespace tidemill
