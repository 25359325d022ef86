#pragma once

#include <functional>

#include "producers/registry_verbs.h"

namespace CLI {
class App;
}

namespace tidemill {

/// Adds the verb `bridge` to the command `registry`, as the functions of
/// producers/registry_verbs.h add verbs.
void AddRegistryBridge(CLI::App& registry, const SharedRegistryOptions& shared,
                       std::function<int()>& run);

}  // namespace tidemill
