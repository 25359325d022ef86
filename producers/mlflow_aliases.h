#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/registry_state.h"

namespace tidemill {

/// What becomes of the version that an alias names.
enum class AliasRole : std::uint8_t { kDeploy, kShadow, kCanary };
std::string_view ToText(AliasRole role);

/// An alias of an MLflow model that the bridge follows.
struct FollowedAlias {
  std::string alias;
  AliasRole role = AliasRole::kDeploy;
  double percent = 0.0;  ///< kCanary: of the keys
  friend bool operator==(const FollowedAlias&, const FollowedAlias&) = default;
};

/// Reads "ALIAS=deploy|shadow|canary" texts, the one that deploys first; none
/// means champion=deploy and challenger=canary with a percent, =shadow without.
/// Throws UsageError for anything else, a name twice, two that deploy, or a
/// canary without percent and the reverse.
std::vector<FollowedAlias> ReadFollowedAliases(
    const std::vector<std::string>& texts, std::optional<double> percent);

/// Why the bridge changed something: "mlflow churn version 3 alias champion".
/// It is also how the bridge knows, from the audit topic, what it has done.
struct AliasChange {
  std::string model;  ///< MLflow's
  std::uint64_t version = 0;
  std::string alias;
  bool removed = false;
  friend bool operator==(const AliasChange&, const AliasChange&) = default;
};
std::string ToText(const AliasChange& change);
/// Nothing unless `reason` is ToText() of a change of `model`.
std::optional<AliasChange> ParseAliasChange(std::string_view reason,
                                            const std::string& model);

/// How "issued_by" begins in all that a bridge writes; its user follows.
inline constexpr std::string_view kBridgeIssuer = "mlflow-bridge/";

/// What the bridge did about an alias last.
struct AliasMemory {
  std::uint64_t version = 0;  ///< MLflow's
  ModelReference model;       ///< ours; version 0: unknown
  bool removed = false;
};
/// By alias.
using AliasMemories = std::map<std::string, AliasMemory>;

/// Takes note of a record of the audit topic if a bridge of MLflow's `model`
/// wrote it for `service`.
void Remember(const AuditRecord& record, const std::string& service,
              const std::string& model, AliasMemories& memories);

/// The state in which `version` has the alias's role and `replaced`, if it is a
/// challenger, is gone. The state itself when all is so already. Throws
/// AnswerIsNo as rollout/desired_state.h does.
RegistryState Follow(const RegistryState& state, const FollowedAlias& alias,
                     const ArtifactReference& version,
                     const std::optional<ModelReference>& replaced);
/// The state without that challenger.
RegistryState Unfollow(const RegistryState& state, const ModelReference& model);

}  // namespace tidemill
