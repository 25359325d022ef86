#pragma once

#include <string>

#include "tidemill/core/parameters.h"

namespace tidemill {

/// One text for one meaning, to be digested: compact JSON with sorted keys and
/// numbers in shortest round-trip form, whatever the layout, the order of the
/// keys and the spelling of the numbers in the file (1, 1.0 and 1e0 are one).
/// Places are left out. A number that is not finite keeps its own text.
std::string CanonicalText(const ParameterValue& value);

}  // namespace tidemill
