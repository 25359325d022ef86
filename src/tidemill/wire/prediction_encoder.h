#pragma once

#include <string>

#include "tidemill/core/prediction.h"

namespace tidemill {

/// Appends the prediction as one JSON object: field order fixed, absent
/// optional fields left out, numbers in shortest round-trip form; the classes
/// with their probabilities behind the label, in class order. Requires finite
/// scores. A time outside the years 0 to 9999 is left out.
void AppendPrediction(const Prediction& prediction, std::string& out);

}  // namespace tidemill
