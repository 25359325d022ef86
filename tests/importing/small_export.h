#pragma once

#include <utility>

#include <nlohmann/json.hpp>

#include "importing/json_writer.h"
#include "model/small_artifact.h"
#include "tidemill/model/artifact_sections.h"

namespace tidemill {

template <typename Write>
nlohmann::ordered_json SectionOf(Write write) {
  JsonWriter out;
  write(out);
  return out.Finish();
}

/// An artifact like the small one as an export file has it.
inline nlohmann::ordered_json SmallExport(Artifact artifact = SmallArtifact()) {
  artifact.baselines.features.assign(kSmallFeatures,
                                     artifact.baselines.features.front());
  return {
      {"format", "tidemill-export"},
      {"version", 1},
      {"manifest",
       SectionOf([&](auto& out) { WriteManifest(artifact.manifest, out); })},
      {"schema",
       SectionOf([&](auto& out) { WriteSchema(artifact.schema, out); })},
      {"pipeline", SectionOf([&](auto& out) { artifact.pipeline.Save(out); })},
      {"model",
       SectionOf([&](auto& out) { SavePredictor(*artifact.predictor, out); })},
      {"baselines",
       SectionOf([&](auto& out) { WriteBaselines(artifact.baselines, out); })},
      {"verification", SectionOf([&](auto& out) {
         WriteVerification(artifact.verification, out);
       })}};
}

}  // namespace tidemill
