#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/registry_state.h"

namespace tidemill {

/// What stands in the registry topic about one service.
struct RegistryView {
  std::optional<RegistryState> state;  ///< the valid one of highest sequence
  std::map<ModelReference, VersionRecord> versions;
  std::uint64_t bad_messages = 0;  ///< ignored while reading

  std::uint64_t sequence() const { return state ? state->sequence : 0; }
};

/// Changes of the desired state, as the verbs of `tidemill registry` make
/// them. None touches sequence, reason, issued_by or issued_at: the writer
/// fills them in. All throw AnswerIsNo (core/errors.h), saying why.
///
/// Deploy: the version becomes champion, the champion becomes previous; it is
/// no longer a challenger. Refused when it is champion already.
RegistryState Deploy(const RegistryState& state,
                     const ArtifactReference& version);
/// Adds a challenger, or changes the one of that version. A canary that is
/// there keeps its salt and field unless others are given (an empty salt and
/// the field "key" give none); a new one's salt is its reference. Refused for
/// the champion, without one, beyond kMaxChallengers and for a percent that is
/// none.
RegistryState Challenge(const RegistryState& state, Challenger challenger);
/// The challenger becomes champion. Refused when it is none.
RegistryState Promote(const RegistryState& state, const ModelReference& model);
/// Previous becomes champion; then there is no previous, so that going back
/// twice never leads to the version that was left. Refused without previous.
RegistryState Rollback(const RegistryState& state);
/// Takes a challenger out, or forgets previous. Refused for the champion.
RegistryState Retire(const RegistryState& state, const ModelReference& model);

/// One more than the highest version of the model that has a record or a role.
std::uint32_t NextVersion(const RegistryView& view, const std::string& model);

}  // namespace tidemill
