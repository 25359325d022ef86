#include "tidemill/importing/import.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/importing/export_file.h"
#include "tidemill/importing/json_reader.h"
#include "tidemill/importing/lightgbm_file.h"
#include "tidemill/importing/xgboost_file.h"
#include "tidemill/model/digest.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/training/xgboost_document.h"

namespace tidemill {
namespace {

/// The error of a row together with its event: here the rows are the user's
/// own, and no log keeps them.
[[noreturn]] void RefuseRow(const VerificationError& error,
                            const Artifact& artifact) {
  constexpr std::size_t kShown = 2000;
  const std::string& event = artifact.verification[error.row].event;
  throw ArtifactError(std::string(error.what()) +
                      "; its event: " + event.substr(0, kShown) +
                      (event.size() > kShown ? " ..." : ""));
}

[[noreturn]] void RefuseKind(const std::string& where, std::string got) {
  throw ArtifactError(
      {.where = where,
       .expected = "a file of tidemill_export, XGBoost's JSON or UBJSON, or "
                   "LightGBM's text",
       .got = std::move(got)});
}

/// Says what is wrong with the files that people try.
void RefuseOthers(std::string_view bytes, const std::string& where) {
  if (bytes.empty()) RefuseKind(where, "an empty file");
  if (BeginsAsArtifact(bytes)) RefuseKind(where, "a model.bin: it can be used");
  if (bytes.starts_with("\x80") || bytes.starts_with("PK\x03\x04")) {
    RefuseKind(where,
               "a pickle or an archive (write the fitted pipeline with "
               "tidemill_export.export_pipeline)");
  }
}

void RefuseOptions(const BareModelOptions& options) {
  const BareModelOptions none;
  const auto refuse = [](std::string_view option) {
    throw UsageError({.where = std::string(option),
                      .expected = "a bare model of XGBoost or LightGBM",
                      .got = "an export file, which says it itself"});
  };
  if (!options.name.empty()) refuse("--name");
  if (!options.events.empty()) refuse("--events");
  if (!options.id_field.empty()) refuse("--id-field");
  if (!options.time_field.empty()) refuse("--time-field");
  if (!options.classes.empty()) refuse("--classes");
  if (options.threshold) refuse("--threshold");
}

/// The file's name without folders and endings, as a model may be called.
std::string NameOf(const std::string& where) {
  std::string name = std::filesystem::path(where).stem().string();
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  return name.empty() ? "model" : name;
}

bool IsLightgbm(std::string_view bytes) {
  return bytes.starts_with("tree\n") || bytes.starts_with("tree\r\n");
}

Artifact ReadBare(ImportedModel model, BareModelOptions options,
                  const std::string& where, ImportResult& result) {
  result.kind = model.library + " model";
  if (options.name.empty()) options.name = NameOf(where);
  return MakeBareArtifact(std::move(model), options, where, result.warnings);
}

/// The export file that the bytes are; nothing when they are XGBoost's JSON.
std::optional<Artifact> ReadExport(std::string_view bytes,
                                   const std::string& where,
                                   const BareModelOptions& options) {
  const JsonDocument document(bytes, where);
  if (document.Has("learner")) return std::nullopt;
  RefuseOptions(options);
  return ReadExportFile(document, where);
}

Artifact ReadAny(std::string_view bytes, const std::string& where,
                 const BareModelOptions& options, ImportResult& result) {
  if (IsLightgbm(bytes)) {
    return ReadBare(ReadLightgbmFile(bytes, where), options, where, result);
  }
  if (!bytes.starts_with('{')) RefuseKind(where, "something else");
  if (!IsUbjson(bytes)) {
    std::optional<Artifact> artifact = ReadExport(bytes, where, options);
    if (artifact) {
      result.kind = "export file";
      result.compared = true;
      return *std::move(artifact);
    }
  }
  return ReadBare(ReadXgboostFile(bytes, where), options, where, result);
}

}  // namespace

ImportResult ImportModel(std::string_view bytes, const std::string& where,
                         const BareModelOptions& options) {
  RefuseOthers(bytes, where);
  ImportResult result;
  const Artifact artifact = ReadAny(bytes, where, options, result);
  try {
    result.artifact = WriteVerified(artifact, where);
  } catch (const VerificationError& error) {
    RefuseRow(error, artifact);
  }
  result.sha256 = ToHex(Sha256(result.artifact));
  result.manifest = artifact.manifest;
  result.num_fields = artifact.schema.size();
  result.num_features = artifact.predictor->num_features();
  result.verified_rows = artifact.verification.size();
  return result;
}

}  // namespace tidemill
