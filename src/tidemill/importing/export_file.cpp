#include "tidemill/importing/export_file.h"

#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/importing/json_reader.h"
#include "tidemill/model/artifact_sections.h"
#include "tidemill/training/library_versions.h"

namespace tidemill {
namespace {

void CheckHead(JsonReader& in) {
  const std::string format = in.Text("format", 64);
  if (format != "tidemill-export") {
    in.Refuse("tidemill-export", "'" + format + "'");
  }
  const std::uint64_t version = in.U64("version");
  if (version != kExportVersion) {
    in.Refuse(
        std::to_string(kExportVersion),
        std::to_string(version) + (version > kExportVersion
                                       ? ", written by a newer tidemill_export"
                                       : ""));
  }
}

/// Reads one section, an object, whole.
template <typename Read>
auto Section(JsonReader& in, std::string_view key, Read read) {
  JsonReader section = in.Object(key);
  auto made = read(section);
  section.Finish();
  return made;
}

/// A feature's baseline is found by the feature's name.
void NameFeatures(Artifact& artifact, const std::string& where) {
  const Plan plan = artifact.pipeline.Compile(artifact.schema);
  std::vector<Baseline>& features = artifact.baselines.features;
  if (features.size() != plan.num_features()) {
    throw ArtifactError({.where = where + ": baselines.features",
                         .expected = "one for each of the pipeline's " +
                                     std::to_string(plan.num_features()) +
                                     " features",
                         .got = std::to_string(features.size())});
  }
  for (std::size_t i = 0; i < features.size(); ++i) {
    features[i].name = plan.names()[i];
  }
}

Artifact ReadSections(JsonReader& in) {
  Artifact artifact;
  artifact.manifest = Section(in, "manifest", ReadManifest);
  artifact.schema = Section(in, "schema", ReadSchema);
  artifact.pipeline = Section(in, "pipeline", Pipeline::Load);
  artifact.predictor = Section(
      in, "model", [](ArtifactReader& model) { return LoadPredictor(model); });
  artifact.baselines = Section(in, "baselines", ReadBaselines);
  artifact.verification = Section(in, "verification", ReadVerification);
  return artifact;
}

}  // namespace

Artifact ReadExportFile(std::string_view bytes, const std::string& where) {
  return ReadExportFile(JsonDocument(bytes, where), where);
}

Artifact ReadExportFile(const JsonDocument& document,
                        const std::string& where) {
  return NamingPlace(where, ": ", [&] {
    JsonReader in(document);
    CheckHead(in);
    Artifact artifact = ReadSections(in);
    in.Finish();
    NameFeatures(artifact, where);
    artifact.manifest.libraries.push_back(OwnVersion());
    return artifact;
  });
}

}  // namespace tidemill
