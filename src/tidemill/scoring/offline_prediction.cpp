#include "tidemill/scoring/offline_prediction.h"

namespace tidemill {

Prediction OfflinePrediction(const LoadedModel& model, const ScoredEvent& event,
                             std::string_view id) {
  const Manifest& manifest = model.manifest();
  return {.id = id,
          .event_id = event.event_id.data() == nullptr ? id : event.event_id,
          .service = manifest.name,
          .model = manifest.name,
          .version = model.version(),
          .variant = Variant::kChampion,
          .score = event.score,
          .label = event.label,
          .classes = manifest.classes,
          .probabilities = event.probabilities,
          .event_time_us = event.event_time_us,
          .scored_time_us = std::nullopt};
}

}  // namespace tidemill
