#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace tidemill {

/// tidemill train CONFIG --data FILE...
void AddTrainCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
