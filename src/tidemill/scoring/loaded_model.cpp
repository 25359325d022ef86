#include "tidemill/scoring/loaded_model.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/model/digest.h"
#include "tidemill/scoring/batch_scorer.h"
#include "tidemill/wire/json_text.h"

namespace tidemill {
namespace {

std::string Shortest(double value) {
  std::string text;
  AppendJsonNumber(value, text);
  return text;
}

void CheckShapes(const LoadedModel& model, const std::string& where) {
  const std::size_t made = model.plan().num_features();
  const std::size_t wanted = model.predictor().num_features();
  if (made != wanted) {
    throw ArtifactError(
        {.where = where,
         .expected = "a pipeline that makes the model's " +
                     std::to_string(wanted) + " features",
         .got = std::to_string(made)});
  }
}

void Verify(const LoadedModel& model, const std::string& where) {
  const std::vector<VerificationRow>& rows = model.artifact().verification;
  std::vector<std::string_view> events;
  for (const VerificationRow& row : rows) events.push_back(row.event);
  BatchScorer scorer;
  const std::span<const ScoredEvent> scored = scorer.Score(model, events);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string place = where + ", verification row " + std::to_string(i);
    const std::string expected = "the score " + Shortest(rows[i].score);
    if (scored[i].error != nullptr) {
      throw ArtifactError({.where = place,
                           .expected = expected,
                           .got = "a refused event: " +
                                  scored[i].error->detail});
    }
    const double difference = std::abs(scored[i].score - rows[i].score);
    if (!(difference <=
          model.tolerance() * std::max(1.0, std::abs(rows[i].score)))) {
      throw ArtifactError({.where = place,
                           .expected = expected,
                           .got = Shortest(scored[i].score)});
    }
  }
}

}  // namespace

LoadedModel::LoadedModel(Artifact artifact, std::string sha256,
                         std::size_t size, std::uint32_t version)
    : artifact_(std::move(artifact)),
      plan_(artifact_.pipeline.Compile(artifact_.schema)),
      sha256_(std::move(sha256)),
      size_(size),
      version_(version),
      reference_(artifact_.manifest.name + "@" + std::to_string(version)) {}

LoadedModelPtr LoadArtifact(std::string_view bytes, const std::string& where,
                            std::uint32_t version) {
  auto model = std::make_shared<const LoadedModel>(
      ReadArtifact(bytes, where), ToHex(Sha256(bytes)), bytes.size(), version);
  CheckShapes(*model, where);
  Verify(*model, where);
  return model;
}

LoadedModelPtr LoadArtifactFile(const std::string& path,
                                std::uint32_t version) {
  return LoadArtifact(ReadFile(path, kMaxArtifactBytes), path, version);
}

}  // namespace tidemill
