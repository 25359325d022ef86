#pragma once

#include <string_view>

#include "tidemill/core/prediction.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {

/// The prediction for an event that came from no topic: as `tidemill score`
/// and the library write it. Requires an event that was scored. `id` names it
/// ("events.jsonl/0/17") and stands in for an id field that it has not.
Prediction OfflinePrediction(const LoadedModel& model, const ScoredEvent& event,
                             std::string_view id);

}  // namespace tidemill
