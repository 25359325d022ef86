#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tidemill {

void AddCheckCommand(CLI::App& app, std::function<int()>& run);
void AddConfigCommand(CLI::App& app, std::function<int()>& run);
void AddHealthCommand(CLI::App& app, std::function<int()>& run);
void AddScoreCommand(CLI::App& app, std::function<int()>& run);
void AddImportCommand(CLI::App& app, std::function<int()>& run);
void AddInspectCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
