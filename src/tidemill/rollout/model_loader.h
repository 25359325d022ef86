#pragma once

#include "tidemill/core/registry_state.h"
#include "tidemill/rollout/artifact_store.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// Turns what a registry message names into a model that may score.
/// Threads: any.
class ModelLoader {
 public:
  explicit ModelLoader(ArtifactSources sources)
      : sources_(std::move(sources)) {}

  /// Fetches, verifies, compiles and warms it, all beside what is serving.
  /// Throws as FetchArtifact() and LoadArtifact(); ArtifactError also when the
  /// file holds a model of another name.
  LoadedModelPtr Load(const ArtifactReference& reference) const;

  /// The same from bytes that are known to be the reference's.
  static LoadedModelPtr Load(const ArtifactReference& reference,
                             std::string_view bytes);

  /// The bytes alone.
  std::string Fetch(const ArtifactReference& reference) const {
    return FetchArtifact(sources_, reference);
  }

 private:
  ArtifactSources sources_;
};

}  // namespace tidemill
