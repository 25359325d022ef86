#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tidemill {

/// Each adds its command to the command line. When the line names the command,
/// `run` becomes what does it: it returns the exit code or throws an Error.
void AddRegistryCommand(CLI::App& app, std::function<int()>& run);
void AddReplayCommand(CLI::App& app, std::function<int()>& run);
void AddSimulateCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
