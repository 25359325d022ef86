#pragma once

#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// Throws ArtifactError, naming the field, unless `next` takes the events that
/// `running` takes and answers the same kind of question:
/// - same task, and for classes the same labels in the same order;
/// - same id field and event-time field;
/// - a field of both has the same type, or integer in `running` and number in
///   `next`;
/// - a field that `next` requires is required by `running`.
/// Fields that only one of them knows and requires in neither are fine: events
/// may have them or not.
void CheckCompatible(const LoadedModel& running, const LoadedModel& next);

}  // namespace tidemill
