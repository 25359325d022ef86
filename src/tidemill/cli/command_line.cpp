#include "tidemill/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "tidemill/cli/logging.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

int Report(const std::string& text, ExitCode code) {
  std::fprintf(stderr, "tidemill: %s\n", text.c_str());
  return static_cast<int>(code);
}

/// Help and version are no errors; everything else is the user's.
int ReportParse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    return app.exit(error);
  }
  std::string name = "tidemill";
  for (const CLI::App* sub : app.get_subcommands()) {
    name += " " + sub->get_name();
  }
  return Report(std::string(error.what()) + " (" + name +
                    " --help shows what it takes)",
                ExitCode::kUsage);
}

int Run(const std::function<int()>& run) {
  try {
    return run();
  } catch (const Error& error) {
    return Report(error.what(), error.exit_code());
  } catch (const std::bad_alloc&) {
    return Report("out of memory", ExitCode::kInputOutput);
  } catch (const std::exception& error) {
    return Report(std::string("this is our bug: ") + error.what(),
                  ExitCode::kOurBug);
  }
}

}  // namespace

std::string_view Version() { return TIDEMILL_VERSION; }

int RunCommandLine(int argc, const char* const* argv,
                   std::span<const AddCommand> commands) {
  // A reader that goes away is an error of a write, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  SetUpLogging("info", "text");
  CLI::App app("Scores events while they stream.", "tidemill");
  app.set_version_flag("--version", "tidemill " + std::string(Version()));
  app.require_subcommand(1);
  std::function<int()> run;
  for (const AddCommand add : commands) add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportParse(app, error);
  }
  return Run(run);
}

}  // namespace tidemill
