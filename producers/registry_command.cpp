#include <memory>

#include <CLI/CLI.hpp>

#include "producers/commands.h"
#include "producers/registry_bridge.h"
#include "producers/registry_verbs.h"

namespace tidemill {

void AddRegistryCommand(CLI::App& app, std::function<int()>& run) {
  const auto shared = std::make_shared<RegistryOptions>();
  CLI::App* registry = app.add_subcommand(
      "registry", "Says which models score, and shows what became of it");
  registry->require_subcommand(1);
  AddRegistryOptions(*registry, *shared);
  AddRegistryAdd(*registry, shared, run);
  AddRegistryChanges(*registry, shared, run);
  AddRegistryViews(*registry, shared, run);
  AddRegistryCompare(*registry, shared, run);
  AddRegistryHistory(*registry, shared, run);
  AddRegistryWatch(*registry, shared, run);
  AddRegistryBridge(*registry, shared, run);
}

}  // namespace tidemill
