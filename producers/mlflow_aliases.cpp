#include "producers/mlflow_aliases.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tidemill/core/errors.h"
#include "tidemill/rollout/desired_state.h"

namespace tidemill {
namespace {

/// As MLflow itself limits it.
constexpr std::size_t kMaxAliasBytes = 255;
constexpr std::string_view kVersionWord = " version ";
constexpr std::string_view kAliasWord = " alias ";
constexpr std::string_view kRemovedWord = " removed";

/// MLflow's own rule for the names of aliases.
bool IsAliasName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxAliasBytes &&
         std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                  (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
         });
}

std::optional<AliasRole> ReadRole(std::string_view text) {
  for (const AliasRole role :
       {AliasRole::kDeploy, AliasRole::kShadow, AliasRole::kCanary}) {
    if (text == ToText(role)) return role;
  }
  return std::nullopt;
}

[[noreturn]] void BadAlias(const std::string& expected,
                           const std::string& got) {
  throw UsageError({.where = "--alias", .expected = expected, .got = got});
}

FollowedAlias ReadFollowedAlias(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto role = equals == std::string::npos
                        ? std::nullopt
                        : ReadRole(std::string_view(text).substr(equals + 1));
  if (!IsAliasName(name) || !role) {
    BadAlias(
        "NAME=deploy, NAME=shadow or NAME=canary; the name of letters, "
        "digits, '_' and '-'",
        "'" + text + "'");
  }
  return {.alias = name, .role = *role};
}

void CheckTogether(const std::vector<FollowedAlias>& aliases, bool percent) {
  std::set<std::string> names;
  int deploying = 0;
  bool canary = false;
  for (const FollowedAlias& alias : aliases) {
    if (!names.insert(alias.alias).second) {
      BadAlias("every alias once", "'" + alias.alias + "' twice");
    }
    deploying += alias.role == AliasRole::kDeploy ? 1 : 0;
    canary = canary || alias.role == AliasRole::kCanary;
  }
  if (deploying > 1) {
    BadAlias("one alias that deploys", std::to_string(deploying));
  }
  if (canary != percent) {
    throw UsageError({.where = "--percent",
                      .expected = canary ? "the canary's share of the keys"
                                         : "an alias that is a canary",
                      .got = "none"});
  }
}

Challenger* FindChallenger(RegistryState& state, const ModelReference& model) {
  const auto found = std::ranges::find_if(
      state.challengers, [&](const Challenger& challenger) {
        return challenger.artifact.model == model;
      });
  return found == state.challengers.end() ? nullptr : &*found;
}

bool IsChampion(const RegistryState& state, const ModelReference& model) {
  return state.champion && state.champion->model == model;
}

RegistryState Challenged(const RegistryState& state, const FollowedAlias& alias,
                         const ArtifactReference& version) {
  Challenger challenger{.artifact = version};
  if (alias.role == AliasRole::kCanary) {
    challenger.mode = ChallengerMode::kCanary;
    challenger.percent = alias.percent;
  }
  return Challenge(state, std::move(challenger));
}

}  // namespace

std::string_view ToText(AliasRole role) {
  switch (role) {
    case AliasRole::kDeploy:
      return "deploy";
    case AliasRole::kShadow:
      return "shadow";
    case AliasRole::kCanary:
      return "canary";
  }
  return "";
}

std::vector<FollowedAlias> ReadFollowedAliases(
    const std::vector<std::string>& texts, std::optional<double> percent) {
  std::vector<FollowedAlias> aliases;
  aliases.reserve(texts.size());
  for (const std::string& text : texts) {
    aliases.push_back(ReadFollowedAlias(text));
  }
  if (aliases.empty()) {
    aliases = {{.alias = "champion", .role = AliasRole::kDeploy},
               {.alias = "challenger",
                .role = percent ? AliasRole::kCanary : AliasRole::kShadow}};
  }
  CheckTogether(aliases, percent.has_value());
  for (FollowedAlias& alias : aliases) {
    if (alias.role == AliasRole::kCanary) alias.percent = *percent;
  }
  std::ranges::stable_sort(aliases, {}, [](const FollowedAlias& alias) {
    return alias.role != AliasRole::kDeploy;
  });
  return aliases;
}

std::string ToText(const AliasChange& change) {
  return fmt::format("mlflow {}{}{}{}{}{}", change.model, kVersionWord,
                     change.version, kAliasWord, change.alias,
                     change.removed ? kRemovedWord : std::string_view());
}

std::optional<AliasChange> ParseAliasChange(std::string_view reason,
                                            const std::string& model) {
  const std::string start = "mlflow " + model + std::string(kVersionWord);
  if (!reason.starts_with(start)) return std::nullopt;
  AliasChange change;
  change.model = model;
  const char* end = reason.data() + reason.size();
  const auto [stop, error] =
      std::from_chars(reason.data() + start.size(), end, change.version);
  if (error != std::errc{}) return std::nullopt;
  std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  if (!rest.starts_with(kAliasWord)) return std::nullopt;
  rest.remove_prefix(kAliasWord.size());
  if (rest.ends_with(kRemovedWord)) {
    change.removed = true;
    rest.remove_suffix(kRemovedWord.size());
  }
  if (!IsAliasName(rest)) return std::nullopt;
  change.alias = rest;
  return change;
}

void Remember(const AuditRecord& record, const std::string& service,
              const std::string& model, AliasMemories& memories) {
  if (!record.state || record.state->service != service ||
      !record.state->issued_by.starts_with(kBridgeIssuer)) {
    return;
  }
  const auto change = ParseAliasChange(record.state->reason, model);
  if (!change) return;
  memories[change->alias] = {
      .version = change->version,
      .model = ParseModelReference(record.subject).value_or(ModelReference{}),
      .removed = change->removed};
}

RegistryState Follow(const RegistryState& state, const FollowedAlias& alias,
                     const ArtifactReference& version,
                     const std::optional<ModelReference>& replaced) {
  RegistryState next = state;
  if (replaced && *replaced != version.model) next = Unfollow(next, *replaced);
  if (alias.role != AliasRole::kDeploy) return Challenged(next, alias, version);
  return IsChampion(next, version.model) ? next : Deploy(next, version);
}

RegistryState Unfollow(const RegistryState& state,
                       const ModelReference& model) {
  RegistryState next = state;
  return FindChallenger(next, model) != nullptr ? Retire(next, model) : next;
}

}  // namespace tidemill
