#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace tidemill {

/// The version this program was built as.
std::string_view Version();

/// Adds one subcommand; when it is chosen, parsing sets `run` to its work,
/// which answers the exit code or throws.
using AddCommand = void (*)(CLI::App& app, std::function<int()>& run);

/// Parses, runs the chosen command and turns what it throws into one line on
/// standard error and an exit code (core/errors.h).
int RunCommandLine(int argc, const char* const* argv,
                   std::span<const AddCommand> commands);

}  // namespace tidemill
