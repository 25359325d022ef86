#pragma once

#include <cstdint>
#include <vector>

#include "tidemill/model/artifact.h"
#include "tidemill/training/dataset.h"
#include "tidemill/training/fitted_model.h"
#include "tidemill/training/split.h"

namespace tidemill {

/// Events with the scores that the model's own library gives them: rows drawn
/// from both sides of the split, and the edges: everything optional missing,
/// unseen categories, the least and greatest values seen.
///
/// Privacy: the id becomes "verify-N" (or N), texts are made of common words.
/// An edge whose score would not be finite is left out too.
std::vector<VerificationRow> MakeVerificationRows(const FittedModel& fitted,
                                                  const Dataset& data,
                                                  const Split& split,
                                                  std::uint64_t seed);

}  // namespace tidemill
