#include "tidemill/rollout/model_loader.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/scoring/batch_scorer.h"

namespace tidemill {
namespace {

constexpr std::size_t kWarmBatch = 512;

/// A whole batch once through, so that the first one that counts finds the
/// model's pages in memory.
void Warm(const LoadedModel& model) {
  const auto& rows = model.artifact().verification;
  if (rows.empty()) return;
  std::vector<std::string_view> events;
  for (std::size_t i = 0; i < kWarmBatch; ++i) {
    events.push_back(rows[i % rows.size()].event);
  }
  BatchScorer().Score(model, events);
}

}  // namespace

LoadedModelPtr ModelLoader::Load(const ArtifactReference& reference) const {
  return Load(reference, FetchArtifact(sources_, reference));
}

LoadedModelPtr ModelLoader::Load(const ArtifactReference& reference,
                                 std::string_view bytes) {
  const std::string where =
      ToText(reference.model) + " (" + reference.uri + ")";
  LoadedModelPtr model = LoadArtifact(bytes, where, reference.model.version);
  if (model->manifest().name != reference.model.model) {
    throw ArtifactError(
        {.where = where,
         .expected = "a model named '" + reference.model.model + "'",
         .got = "'" + model->manifest().name + "'"});
  }
  Warm(*model);
  return model;
}

}  // namespace tidemill
