#include "tidemill/serving/counting_scorer.h"

namespace tidemill {

std::span<const ScoredEvent> CountingScorer::Score(
    const ServedModel& model, std::span<const std::string_view> events) {
  const std::uint64_t ignored_before = scorer_.ignored_fields();
  const std::span<const ScoredEvent> scored =
      scorer_.Score(*model.model, events);
  ignored_fields_ = scorer_.ignored_fields() - ignored_before;
  VersionCounts::Batch batch{.events = events.size(),
                             .cells = scorer_.cells().total,
                             .missing = scorer_.cells().missing,
                             .time = scorer_.times().whole};
  for (const ScoredEvent& event : scored) {
    if (event.error == nullptr) {
      model.counts->AddScore(event.score);
    } else if (event.error->stage >= Stage::kSchema) {
      ++batch.errors;
    }
  }
  model.counts->Add(batch);
  return scored;
}

}  // namespace tidemill
