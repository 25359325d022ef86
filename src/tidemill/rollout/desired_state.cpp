#include "tidemill/rollout/desired_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(const std::string& where, const std::string& expected,
                         const std::string& got) {
  throw AnswerIsNo({.where = where, .expected = expected, .got = got});
}

std::vector<Challenger>::iterator FindChallenger(RegistryState& state,
                                                 const ModelReference& model) {
  return std::find_if(
      state.challengers.begin(), state.challengers.end(),
      [&](const Challenger& one) { return one.artifact.model == model; });
}

void RemoveChallenger(RegistryState& state, const ModelReference& model) {
  const auto found = FindChallenger(state, model);
  if (found != state.challengers.end()) state.challengers.erase(found);
}

bool IsChampion(const RegistryState& state, const ModelReference& model) {
  return state.champion && state.champion->model == model;
}

RegistryState WithChampion(RegistryState state, ArtifactReference champion) {
  RemoveChallenger(state, champion.model);
  state.previous = std::exchange(state.champion, std::move(champion));
  return state;
}

/// Drawing by another salt or field would give the keys to others.
void KeepShare(const Challenger& before, Challenger& challenger) {
  if (before.mode != ChallengerMode::kCanary) return;
  if (challenger.salt.empty()) challenger.salt = before.salt;
  if (challenger.by.empty() || challenger.by == Challenger{}.by) {
    challenger.by = before.by;
  }
}

void CompleteShare(Challenger& challenger) {
  const std::string reference = ToText(challenger.artifact.model);
  if (challenger.mode == ChallengerMode::kShadow) {
    challenger.percent = 0.0;
    challenger.salt.clear();
    challenger.by = Challenger{}.by;
    return;
  }
  if (!(challenger.percent >= 0.0 && challenger.percent <= 100.0)) {
    Refuse(reference, "a percent from 0 to 100",
           std::to_string(challenger.percent));
  }
  if (challenger.salt.empty()) challenger.salt = reference;
  if (challenger.by.empty()) challenger.by = Challenger{}.by;
}

}  // namespace

RegistryState Deploy(const RegistryState& state,
                     const ArtifactReference& version) {
  if (IsChampion(state, version.model)) {
    Refuse("deploy", "another version than the champion",
           ToText(version.model));
  }
  return WithChampion(state, version);
}

RegistryState Challenge(const RegistryState& state, Challenger challenger) {
  const ModelReference& model = challenger.artifact.model;
  const std::string verb(ToText(challenger.mode));
  if (!state.champion) Refuse(verb, "a champion to compare with", "none");
  if (IsChampion(state, model)) {
    Refuse(verb, "another version than the champion", ToText(model));
  }
  RegistryState next = state;
  const auto found = FindChallenger(next, model);
  if (found != next.challengers.end()) {
    KeepShare(*found, challenger);
    CompleteShare(challenger);
    *found = std::move(challenger);
    return next;
  }
  if (next.challengers.size() >= kMaxChallengers) {
    Refuse(verb, "at most " + std::to_string(kMaxChallengers) + " challengers",
           "one more");
  }
  CompleteShare(challenger);
  next.challengers.push_back(std::move(challenger));
  return next;
}

RegistryState Promote(const RegistryState& state, const ModelReference& model) {
  RegistryState next = state;
  const auto found = FindChallenger(next, model);
  if (found == next.challengers.end()) {
    Refuse("promote", "a challenger",
           ToText(model) + (IsChampion(state, model) ? ", the champion"
                                                     : ", which is none"));
  }
  return WithChampion(state, found->artifact);
}

RegistryState Rollback(const RegistryState& state) {
  if (!state.previous) {
    Refuse("rollback", "a previous version to go back to", "none");
  }
  RegistryState next = WithChampion(state, *state.previous);
  next.previous.reset();
  return next;
}

RegistryState Retire(const RegistryState& state, const ModelReference& model) {
  if (IsChampion(state, model)) {
    Refuse("retire", "a challenger or the previous version",
           ToText(model) + ", the champion");
  }
  RegistryState next = state;
  if (FindChallenger(next, model) != next.challengers.end()) {
    RemoveChallenger(next, model);
  } else if (next.previous && next.previous->model == model) {
    next.previous.reset();
  } else {
    Refuse("retire", "a challenger or the previous version",
           ToText(model) + ", which is neither");
  }
  return next;
}

std::uint32_t NextVersion(const RegistryView& view, const std::string& model) {
  std::uint32_t highest = 0;
  const auto consider = [&](const ModelReference& reference) {
    if (reference.model == model) {
      highest = std::max(highest, reference.version);
    }
  };
  for (const auto& [reference, record] : view.versions) consider(reference);
  if (view.state) {
    if (view.state->champion) consider(view.state->champion->model);
    if (view.state->previous) consider(view.state->previous->model);
    for (const Challenger& one : view.state->challengers) {
      consider(one.artifact.model);
    }
  }
  if (highest == std::numeric_limits<std::uint32_t>::max()) {
    Refuse("versions of " + model, "one below 4294967295 as the highest",
           std::to_string(highest));
  }
  return highest + 1;
}

}  // namespace tidemill
