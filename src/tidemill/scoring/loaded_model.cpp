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
  const auto check = [&](const char* what, std::size_t wanted,
                         std::size_t made) {
    if (made == wanted) return;
    throw ArtifactError({.where = where,
                         .expected = what + std::to_string(wanted),
                         .got = std::to_string(made)});
  };
  check("a pipeline with as many features as the model takes, ",
        model.predictor().num_features(), model.plan().num_features());
  const Manifest& manifest = model.manifest();
  const bool many = manifest.task == Task::kMulticlass;
  const std::size_t outputs = model.predictor().num_outputs();
  check("as many outputs of the model as its task has, ",
        many ? manifest.classes.size() : 1, outputs);
  for (const VerificationRow& row : model.artifact().verification) {
    check("verification rows with as many scores as the model has outputs, ",
          outputs, row.outputs.size());
  }
}

/// What a verification row holds of an event.
std::span<const double> OutputsOf(const ScoredEvent& scored) {
  if (!scored.probabilities.empty()) return scored.probabilities;
  return {&scored.score, 1};
}

void CheckRow(const LoadedModel& model, std::size_t number,
              const ScoredEvent& scored, const std::string& where) {
  const VerificationRow& row = model.artifact().verification[number];
  const std::string place =
      where + ", verification row " + std::to_string(number);
  const auto expected = [&](std::size_t i) {
    return "the score " + Shortest(row.outputs[i]);
  };
  if (scored.error != nullptr) {
    throw VerificationError(
        number, {.where = place,
                 .expected = expected(0),
                 .got = "a refused event: " + scored.error->detail});
  }
  for (std::size_t i = 0; i < row.outputs.size(); ++i) {
    const double wanted = row.outputs[i];
    const double got = OutputsOf(scored)[i];
    const double allowed = model.tolerance() * std::max(1.0, std::abs(wanted));
    if (std::abs(got - wanted) <= allowed) continue;
    throw VerificationError(
        number,
        {.where = place, .expected = expected(i), .got = Shortest(got)});
  }
}

void Verify(const LoadedModel& model, const std::string& where) {
  // Not all at once: rows times features is more than the file ever was.
  constexpr std::size_t kBatch = 64;
  const std::vector<VerificationRow>& rows = model.artifact().verification;
  std::vector<std::string_view> events;
  BatchScorer scorer;
  for (std::size_t first = 0; first < rows.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, rows.size() - first);
    events.clear();
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back(rows[first + i].event);
    }
    const std::span<const ScoredEvent> scored = scorer.Score(model, events);
    for (std::size_t i = 0; i < count; ++i) {
      CheckRow(model, first + i, scored[i], where);
    }
  }
}

std::shared_ptr<const LoadedModel> Compiled(std::string_view bytes,
                                            const std::string& where,
                                            std::uint32_t version) {
  Artifact artifact = ReadArtifact(bytes, where);
  try {
    return std::make_shared<const LoadedModel>(
        std::move(artifact), ToHex(Sha256(bytes)), bytes.size(), version);
  } catch (const ArtifactError& error) {
    // The steps do not know of files.
    throw ArtifactError(where + ", " + error.what());
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
  LoadedModelPtr model = Compiled(bytes, where, version);
  CheckShapes(*model, where);
  Verify(*model, where);
  return model;
}

LoadedModelPtr LoadArtifactFile(const std::string& path,
                                std::uint32_t version) {
  return LoadArtifact(ReadFile(path, kMaxArtifactBytes), path, version);
}

std::string WriteVerified(const Artifact& artifact, const std::string& where) {
  std::string bytes = WriteArtifact(artifact);
  if (bytes.size() > kMaxArtifactBytes) {
    throw ArtifactError({.where = where,
                         .expected = "a model.bin of at most " +
                                     std::to_string(kMaxArtifactBytes) +
                                     " bytes (grow fewer or smaller trees)",
                         .got = std::to_string(bytes.size())});
  }
  LoadArtifact(bytes, where, 0);
  return bytes;
}

}  // namespace tidemill
