#pragma once

#include <functional>
#include <memory>

#include "producers/registry_options.h"

namespace tidemill {

/// Each adds verbs to `tidemill registry`, as the functions of
/// producers/commands.h add commands. `shared` holds what the line says before
/// the verb.
using SharedRegistryOptions = std::shared_ptr<RegistryOptions>;

/// add
void AddRegistryAdd(CLI::App& registry, const SharedRegistryOptions& shared,
                    std::function<int()>& run);
/// deploy, shadow, canary, promote, rollback, retire
void AddRegistryChanges(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run);
/// list, show
void AddRegistryViews(CLI::App& registry, const SharedRegistryOptions& shared,
                      std::function<int()>& run);
/// compare
void AddRegistryCompare(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run);
/// history
void AddRegistryHistory(CLI::App& registry, const SharedRegistryOptions& shared,
                        std::function<int()>& run);
/// watch
void AddRegistryWatch(CLI::App& registry, const SharedRegistryOptions& shared,
                      std::function<int()>& run);

}  // namespace tidemill
