#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tidemill {

/// tidemill train CONFIG --data FILE...
void AddTrainCommand(CLI::App& app, std::function<int()>& run);

}  // namespace tidemill
