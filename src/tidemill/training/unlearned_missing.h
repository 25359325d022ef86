#pragma once

#include <string>
#include <vector>

#include "tidemill/core/matrix.h"
#include "tidemill/training/fitted_model.h"

namespace tidemill {

/// Warns of features that are made of several fields, were never missing in
/// `features` (the rows that the model learned from), and are missing for an
/// event without its optional fields: a model that takes missing features
/// answers such an event with what it has not learned.
void WarnOfUnlearnedMissing(const FittedModel& fitted,
                            const RowMatrix& features,
                            std::vector<std::string>& warnings);

}  // namespace tidemill
