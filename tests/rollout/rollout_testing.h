#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rollout/temporary_folder.h"
#include "serving/fakes.h"
#include "serving/small_model.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/digest.h"
#include "tidemill/rollout/artifact_store.h"
#include "tidemill/rollout/rollout.h"

namespace tidemill {

/// The bytes of a file like LineArtifact()'s; another seed, another digest.
inline std::string SmallArtifact(std::uint64_t seed) {
  Artifact artifact = LineArtifact();
  artifact.manifest.seed = seed;
  return WriteArtifact(artifact);
}

/// Remembers what it was told.
struct FakeListener final : RolloutListener {
  void OnStatus(const InstanceStatus& status, bool changed) override {
    if (changed) statuses.push_back(status);
  }
  void OnEvidence(const AuditRecord& record) override {
    evidence.push_back(record);
  }
  std::string WhyNot(const RegistryState&) override { return why_not; }
  std::string why_not;
  std::vector<InstanceStatus> statuses;
  std::vector<AuditRecord> evidence;
};

}  // namespace tidemill
