#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tidemill {

/// Each adds its command to the command line; see cli/command_line.h.
void AddDemoCommand(CLI::App& app, std::function<int()>& run);
void AddServeCommand(CLI::App& app, std::function<int()>& run);
void AddTopCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
