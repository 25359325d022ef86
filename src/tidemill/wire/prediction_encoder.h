#pragma once

#include <string>

#include "tidemill/core/prediction.h"

namespace tidemill {

/// Appends the prediction as one JSON object: field order fixed, absent
/// optional fields left out, numbers in shortest round-trip form. Requires a
/// finite score. A time outside the years 0 to 9999 is left out.
void AppendPrediction(const Prediction& prediction, std::string& out);

}  // namespace tidemill
