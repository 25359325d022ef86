#include "tidemill/importing/import.h"

#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/importing/export_file.h"
#include "tidemill/model/digest.h"
#include "tidemill/scoring/loaded_model.h"

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
  throw ArtifactError({.where = where,
                       .expected = "a file of tidemill_export",
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

}  // namespace

ImportResult ImportModel(std::string_view bytes, const std::string& where) {
  RefuseOthers(bytes, where);
  ImportResult result;
  result.kind = "export file";
  const Artifact artifact = ReadExportFile(bytes, where);
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
