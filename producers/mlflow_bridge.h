#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "producers/mlflow_aliases.h"
#include "producers/mlflow_client.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/rollout/registry_change.h"

namespace tidemill {

/// How the bridge reaches the registry's topics; all may throw
/// UnavailableError.
struct RegistryAccess {
  /// Hands every record of the state and the audit topic, up to their ends, to
  /// `take`.
  std::function<void(const std::function<void(const LogRecord&)>& take)> read;
  /// Of the state topic; one per change.
  std::function<std::unique_ptr<LogReader>()> open_reader;
  std::function<std::unique_ptr<LogWriter>()> open_writer;
};

struct BridgeOptions {
  std::string model;  ///< MLflow's
  std::vector<FollowedAlias> aliases;
  std::string artifact_path = "model.bin";
  std::string service;
  RegistryTopics topics;
  std::string store;  ///< a folder
  std::string user;   ///< behind kBridgeIssuer in issued_by
};

/// What a round came to; the worst of its aliases.
enum class RoundResult : std::uint8_t {
  kDone,      ///< or nothing to do
  kRefused,   ///< an artifact or a change; logged once
  kConflict,  ///< somebody else was at it; the next round tries again
};

/// Turns what aliases of an MLflow model name into a service's desired state.
///
/// It acts when an alias has moved since a bridge last acted on it, and only
/// then, so that it never undoes what an operator or a guardrail did
/// meanwhile. What was done is read from the audit topic: a restarted bridge
/// goes on where it was. A version is broken for good until its alias moves; a
/// change that the state does not allow is tried again when the state differs.
///
/// Errors:  Round() throws UnavailableError without MLflow or a broker,
///          AnswerIsNo when MLflow has no such model, IoError when the store
///          cannot be written; then the next round tries again.
/// Threads: one at a time.
class MlflowBridge {
 public:
  /// `client` and `clock` must outlive it.
  MlflowBridge(const MlflowClient& client, RegistryAccess registry,
               BridgeOptions options, const Clock& clock);

  RoundResult Round();

 private:
  /// A version that could not be had, or a change that was not allowed.
  struct Refusal {
    std::uint64_t version = 0;
    /// Of the state that did not allow it; none: it is broken.
    std::optional<std::uint64_t> sequence;
  };

  std::vector<FollowedAlias> Moved(const MlflowAliases& aliases) const;
  bool HasMoved(const FollowedAlias& alias, const MlflowAliases& aliases) const;
  /// Forgets refusals of aliases that moved on.
  void ForgetRefusals(const MlflowAliases& aliases);
  void SayWhatIsMissing(const MlflowAliases& aliases);
  void ReadRegistry();

  RoundResult TryToFollow(const FollowedAlias& alias,
                          const MlflowAliases& aliases);
  void Refuse(const FollowedAlias& alias, std::uint64_t version,
              std::optional<std::uint64_t> sequence, const char* why);
  void TakeVersion(const FollowedAlias& alias, std::uint64_t version);
  void TakeOut(const FollowedAlias& alias);
  VersionRecord Register(const MlflowArtifact& artifact,
                         const AliasChange& change);
  void Change(const AliasChange& change, std::string verb,
              const ModelReference& subject,
              const std::function<RegistryState(const RegistryState&)>& next);
  ChangeRequest RequestOf(const AliasChange& change, std::string verb) const;
  /// The challenger that leaves when the alias moves on, unless another
  /// followed alias holds it.
  std::optional<ModelReference> Replaced(const FollowedAlias& alias) const;

  const MlflowClient& client_;
  RegistryAccess registry_;
  BridgeOptions options_;
  const Clock& clock_;

  bool has_read_ = false;
  RegistryView view_;
  AliasMemories memories_;
  std::map<std::string, Refusal> refusals_;  ///< by alias
  std::set<std::string> missing_;  ///< aliases that were said to be absent
};

}  // namespace tidemill
