#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/registry_state.h"

namespace tidemill {

/// Changes guardrails as `--guardrail` says, in order: NAME=VALUE sets one,
/// NAME=none lifts a limit, `none` removes all. Those not named stay; where
/// there were none, they have their defaults. Throws UsageError naming what is
/// unknown or out of range.
void ApplyGuardrails(const std::vector<std::string>& changes,
                     std::optional<Guardrails>& guardrails);

/// The names and values that ApplyGuardrails() takes, in the struct's order.
std::vector<std::string> GuardrailTexts(const Guardrails& guardrails);

}  // namespace tidemill
