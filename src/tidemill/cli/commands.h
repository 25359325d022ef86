#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tidemill {

void AddScoreCommand(CLI::App& app, std::function<int()>& run);
void AddInspectCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
