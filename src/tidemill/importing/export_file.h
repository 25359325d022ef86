#pragma once

#include <string>
#include <string_view>

#include "tidemill/importing/json_reader.h"
#include "tidemill/model/artifact.h"

namespace tidemill {

/// The version of the export file that this program reads.
inline constexpr std::uint64_t kExportVersion = 1;

/// Reads the file that tidemill_export (python/) writes: docs/export-format.md.
/// Its sections are read by the very functions that read those of model.bin.
///
/// The names of the features' baselines are the pipeline's own, whatever the
/// file says. Throws ArtifactError naming `where` and the value by its path;
/// does not recompute the verification rows: see VerifiedBytes().
Artifact ReadExportFile(std::string_view bytes, const std::string& where);
Artifact ReadExportFile(const JsonDocument& document, const std::string& where);

}  // namespace tidemill
