#include "producers/mlflow_bridge.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "tidemill/core/errors.h"
#include "tidemill/rollout/artifact_store.h"
#include "tidemill/rollout/desired_state.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

/// The verb of a change that changes nothing but who knows of it.
constexpr const char* kBridgeVerb = "bridge";

std::optional<std::uint64_t> VersionOf(const MlflowAliases& aliases,
                                       const std::string& alias) {
  const auto found = aliases.find(alias);
  if (found == aliases.end()) return std::nullopt;
  return found->second;
}

/// The version that has these bytes already, else the next free one.
ModelReference NumberFor(const RegistryView& view, const LoadedModel& model) {
  const std::string& name = model.manifest().name;
  for (const auto& [reference, record] : view.versions) {
    if (reference.model == name && record.artifact.sha256 == model.sha256()) {
      return reference;
    }
  }
  return {.model = name, .version = NextVersion(view, name)};
}

}  // namespace

MlflowBridge::MlflowBridge(const MlflowClient& client, RegistryAccess registry,
                           BridgeOptions options, const Clock& clock)
    : client_(client),
      registry_(std::move(registry)),
      options_(std::move(options)),
      clock_(clock) {}

RoundResult MlflowBridge::Round() {
  const MlflowAliases aliases = client_.Aliases(options_.model);
  SayWhatIsMissing(aliases);
  ForgetRefusals(aliases);
  if (has_read_ && Moved(aliases).empty()) return RoundResult::kDone;
  ReadRegistry();
  RoundResult worst = RoundResult::kDone;
  for (const FollowedAlias& alias : Moved(aliases)) {
    worst = std::max(worst, TryToFollow(alias, aliases));
  }
  return worst;
}

std::vector<FollowedAlias> MlflowBridge::Moved(
    const MlflowAliases& aliases) const {
  std::vector<FollowedAlias> moved;
  std::ranges::copy_if(
      options_.aliases, std::back_inserter(moved),
      [&](const FollowedAlias& alias) { return HasMoved(alias, aliases); });
  return moved;
}

bool MlflowBridge::HasMoved(const FollowedAlias& alias,
                            const MlflowAliases& aliases) const {
  const auto wanted = VersionOf(aliases, alias.alias);
  if (!wanted && alias.role == AliasRole::kDeploy) return false;
  const auto refusal = refusals_.find(alias.alias);
  if (refusal != refusals_.end() && !refusal->second.sequence) return false;
  const auto memory = memories_.find(alias.alias);
  const bool knows = memory != memories_.end() && !memory->second.removed;
  return wanted ? !knows || memory->second.version != *wanted : knows;
}

void MlflowBridge::ForgetRefusals(const MlflowAliases& aliases) {
  std::erase_if(refusals_, [&](const auto& refusal) {
    return VersionOf(aliases, refusal.first) != refusal.second.version;
  });
}

void MlflowBridge::SayWhatIsMissing(const MlflowAliases& aliases) {
  for (const FollowedAlias& alias : options_.aliases) {
    if (VersionOf(aliases, alias.alias)) {
      missing_.erase(alias.alias);
    } else if (missing_.insert(alias.alias).second) {
      spdlog::info("mlflow {} has no alias {}{}", options_.model, alias.alias,
                   alias.role == AliasRole::kDeploy
                       ? ": the champion stays what it is"
                       : "");
    }
  }
}

void MlflowBridge::ReadRegistry() {
  RegistryView view;
  AliasMemories memories;
  registry_.read([&](const LogRecord& record) {
    if (record.topic == options_.topics.state) {
      AddToView(record, options_.service, view);
      return;
    }
    if (record.topic != options_.topics.audit || !record.value) return;
    try {
      Remember(ParseAuditRecord(*record.value).message, options_.service,
               options_.model, memories);
    } catch (const MessageError&) {
      // Not ours; the state topic alone says what is wanted.
    }
  });
  view_ = std::move(view);
  memories_ = std::move(memories);
  has_read_ = true;
}

RoundResult MlflowBridge::TryToFollow(const FollowedAlias& alias,
                                      const MlflowAliases& aliases) {
  const auto wanted = VersionOf(aliases, alias.alias);
  const auto refusal = refusals_.find(alias.alias);
  if (refusal != refusals_.end() &&
      refusal->second.sequence == view_.sequence()) {
    return RoundResult::kRefused;
  }
  try {
    if (wanted) {
      TakeVersion(alias, *wanted);
    } else {
      TakeOut(alias);
    }
    refusals_.erase(alias.alias);
    return RoundResult::kDone;
  } catch (const ArtifactError& error) {
    Refuse(alias, wanted.value_or(0), std::nullopt, error.what());
    return RoundResult::kRefused;
  } catch (const AnswerIsNo& error) {
    Refuse(alias, wanted.value_or(0), view_.sequence(), error.what());
    return RoundResult::kRefused;
  } catch (const TryAgainError& error) {
    spdlog::warn("mlflow {} alias {}: tried again in the next round: {}",
                 options_.model, alias.alias, error.what());
    return RoundResult::kConflict;
  }
}

void MlflowBridge::Refuse(const FollowedAlias& alias, std::uint64_t version,
                          std::optional<std::uint64_t> sequence,
                          const char* why) {
  spdlog::error("refused mlflow {} version {} alias {}: {}", options_.model,
                version, alias.alias, why);
  refusals_[alias.alias] = {.version = version, .sequence = sequence};
}

void MlflowBridge::TakeVersion(const FollowedAlias& alias,
                               std::uint64_t version) {
  const AliasChange change{
      .model = options_.model, .version = version, .alias = alias.alias};
  const MlflowArtifact artifact =
      client_.FetchVersion(options_.model, version, options_.artifact_path);
  const VersionRecord record = Register(artifact, change);
  const auto replaced = Replaced(alias);
  Change(change, std::string(ToText(alias.role)), record.artifact.model,
         [&](const RegistryState& state) {
           return Follow(state, alias, record.artifact, replaced);
         });
}

void MlflowBridge::TakeOut(const FollowedAlias& alias) {
  const AliasMemory memory = memories_.at(alias.alias);
  const auto replaced = Replaced(alias);
  Change({.model = options_.model,
          .version = memory.version,
          .alias = alias.alias,
          .removed = true},
         "retire", memory.model, [&](const RegistryState& state) {
           return replaced ? Unfollow(state, *replaced) : state;
         });
}

VersionRecord MlflowBridge::Register(const MlflowArtifact& artifact,
                                     const AliasChange& change) {
  const LoadedModelPtr model =
      LoadArtifact(artifact.bytes, artifact.where, /*version=*/0);
  const std::string uri = StoreArtifact(options_.store, artifact.bytes);
  const auto make = [&](const RegistryView& view) {
    VersionRecord record;
    record.artifact = {.model = NumberFor(view, *model),
                       .uri = uri,
                       .sha256 = model->sha256(),
                       .size = model->size(),
                       .signature = {},
                       .key = {}};
    record.run = artifact.run_id;
    record.metrics = model->manifest().metrics;
    return record;
  };
  const auto writer = registry_.open_writer();
  const auto reader = registry_.open_reader();
  return AddVersion(*writer, *reader, RequestOf(change, "add"), make, clock_);
}

void MlflowBridge::Change(
    const AliasChange& change, std::string verb, const ModelReference& subject,
    const std::function<RegistryState(const RegistryState&)>& next) {
  const RegistryState before = view_.state.value_or(RegistryState{});
  // Refused without asking the broker; it is asked of the same state again.
  if (next(before) == before) verb = kBridgeVerb;
  ChangeRequest request = RequestOf(change, std::move(verb));
  request.subject = subject.version > 0 ? ToText(subject) : "";
  const auto writer = registry_.open_writer();
  const auto reader = registry_.open_reader();
  view_.state = ChangeState(
      *writer, *reader, request,
      [&](const RegistryView& view) {
        return next(view.state.value_or(RegistryState{}));
      },
      clock_);
  memories_[change.alias] = {
      .version = change.version, .model = subject, .removed = change.removed};
  spdlog::info("{}: {} {}, sequence {}", request.reason,
               request.verb == kBridgeVerb ? "no change for" : request.verb,
               request.subject, view_.sequence());
}

ChangeRequest MlflowBridge::RequestOf(const AliasChange& change,
                                      std::string verb) const {
  ChangeRequest request;
  request.topics = options_.topics;
  request.service = options_.service;
  request.verb = std::move(verb);
  request.reason = ToText(change);
  request.issued_by = std::string(kBridgeIssuer) + options_.user;
  request.expect = view_.sequence();
  return request;
}

std::optional<ModelReference> MlflowBridge::Replaced(
    const FollowedAlias& alias) const {
  const auto memory = memories_.find(alias.alias);
  if (alias.role == AliasRole::kDeploy || memory == memories_.end() ||
      memory->second.removed) {
    return std::nullopt;
  }
  const ModelReference& model = memory->second.model;
  for (const FollowedAlias& other : options_.aliases) {
    const auto held = memories_.find(other.alias);
    if (other.alias != alias.alias && other.role != AliasRole::kDeploy &&
        held != memories_.end() && !held->second.removed &&
        held->second.model == model) {
      return std::nullopt;
    }
  }
  return model;
}

}  // namespace tidemill
