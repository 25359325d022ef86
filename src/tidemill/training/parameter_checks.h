#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "tidemill/core/parameters.h"

namespace tidemill {

/// Bounds of a hyper-parameter; both are admitted unless `open`.
struct Bounds {
  double least = 0.0;
  double greatest = std::numeric_limits<double>::infinity();
  bool least_open = false;
};

/// Read a number within bounds; throw ConfigError naming them.
double ReadDouble(ParameterReader& reader, std::string_view name,
                  double otherwise, const Bounds& bounds);
std::int64_t ReadInteger(ParameterReader& reader, std::string_view name,
                         std::int64_t otherwise, const Bounds& bounds);

}  // namespace tidemill
