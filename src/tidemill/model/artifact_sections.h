#pragma once

#include <vector>

#include "tidemill/model/artifact.h"

namespace tidemill {

/// The sections of model.bin that are plain data. Readers throw ArtifactError
/// on whatever WriteX could not have written.
void WriteManifest(const Manifest& manifest, ArtifactWriter& out);
Manifest ReadManifest(ArtifactReader& in);

void WriteSchema(const Schema& schema, ArtifactWriter& out);
Schema ReadSchema(ArtifactReader& in);

void WriteBaselines(const Baselines& baselines, ArtifactWriter& out);
Baselines ReadBaselines(ArtifactReader& in);

void WriteVerification(const std::vector<VerificationRow>& rows,
                       ArtifactWriter& out);
std::vector<VerificationRow> ReadVerification(ArtifactReader& in);

}  // namespace tidemill
