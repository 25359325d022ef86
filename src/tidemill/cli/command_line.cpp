#include "tidemill/cli/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tidemill/cli/logging.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/config/secrets.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"

namespace tidemill {
namespace {

int Report(const std::string& text, ExitCode code) {
  std::fprintf(stderr, "tidemill: %s\n", OneLine(text).c_str());
  return static_cast<int>(code);
}

/// A standard stream that the caller closed is an error when it is used. Left
/// closed, the next file to be opened would take its number, and messages
/// would be written into that file.
void OccupyClosedStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1) continue;
    // The wrong way round, so that reads and writes still fail.
    const int wrong = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", wrong) != stream) return;
  }
}

/// " (did you mean 'train'?)"
std::string Suggestion(const std::string& name,
                       const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest);
}

/// The command that the line names, or the program when it names none. A
/// command may have commands of its own.
const CLI::App& ChosenCommand(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : ChosenCommand(*chosen.front());
}

/// "tidemill registry deploy"
std::string FullName(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : FullName(*parent) + " ") +
         command.get_name();
}

std::string UnknownCommand(const CLI::App& app, const std::string& name) {
  std::vector<std::string> known;
  std::string list;
  for (const CLI::App* command : app.get_subcommands({})) {
    known.push_back(command->get_name());
    list += (list.empty() ? "" : ", ") + command->get_name();
  }
  return fmt::format("expected a command: {}{}, got {}", list,
                     name.empty() ? "" : Suggestion(name, known),
                     name.empty() ? "none" : "'" + name + "'");
}

std::string UnknownOption(const CLI::App& command, const std::string& text) {
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      known.push_back("--" + name);
    }
  }
  return fmt::format("expected a known option{}, got '{}'",
                     Suggestion(text.substr(0, text.find('=')), known),
                     ShownKey(text));
}

std::string MissingArguments(const CLI::App& command) {
  std::string names;
  bool positional = false;
  std::string greedy;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_required() && option->count() == 0) {
      names += (names.empty() ? "" : " and ") + option->get_name();
      positional = positional || option->get_positional();
    }
    if (option->get_allow_extra_args() && option->count() > 1) {
      greedy = option->get_name();
    }
  }
  const std::string hint =
      positional && !greedy.empty()
          ? fmt::format(" (what follows {} belongs to it: {} goes before)",
                        greedy, names)
          : "";
  return fmt::format("expected {}, got none{}", names, hint);
}

std::string UsageText(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = ChosenCommand(app);
  const std::vector<std::string> unknown = app.remaining(true);
  const auto option =
      std::find_if(unknown.begin(), unknown.end(), [](const std::string& text) {
        return text.size() > 1 && text.starts_with('-');
      });
  if (option != unknown.end()) return UnknownOption(command, *option);
  // Before what follows it: behind a --set without "=" that may be a secret.
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    return error.what();
  }
  if (!command.get_subcommands({}).empty()) {
    return UnknownCommand(command, unknown.empty() ? "" : unknown.front());
  }
  if (!unknown.empty()) {
    return fmt::format("expected no more arguments, got '{}'", unknown.front());
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return MissingArguments(command);
  }
  return error.what();
}

/// Help and version are no errors; everything else is the user's.
int ReportParse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error);
    if (!std::cout.flush()) FailToWrite(std::string(kStandardOutput));
    return static_cast<int>(ExitCode::kDone);
  }
  return Report(
      fmt::format("{} ({} --help shows what it takes)", UsageText(app, error),
                  FullName(ChosenCommand(app))),
      ExitCode::kUsage);
}

/// Mostly a variable that a script left unset; no option means anything by it.
void RefuseEmptyArguments(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& text : option->results()) {
      if (!text.empty()) continue;
      throw UsageError({.where = option->get_name(),
                        .expected = "a value",
                        .got = "an empty text"});
    }
  }
  for (const CLI::App* chosen : app.get_subcommands()) {
    RefuseEmptyArguments(*chosen);
  }
}

/// But where --version means a model's.
void SetVersionFlags(CLI::App& app, const std::string& version) {
  if (app.get_option_no_throw("--version") == nullptr) {
    app.set_version_flag("--version", version);
  }
  for (CLI::App* command : app.get_subcommands({})) {
    SetVersionFlags(*command, version);
  }
}

/// What `run` returns, or the exit code of what it throws, which is reported.
int Guarded(const std::function<int()>& run) {
  try {
    return run();
  } catch (const ReaderGone& error) {
    return static_cast<int>(error.exit_code());
  } catch (const Error& error) {
    return Report(error.what(), error.exit_code());
  } catch (const std::bad_alloc&) {
    return Report("out of memory", ExitCode::kInputOutput);
  } catch (const std::system_error& error) {
    // fmt's output to a stream that takes no more, a thread that cannot start.
    if (error.code() == std::errc::broken_pipe) {
      return static_cast<int>(ExitCode::kInputOutput);
    }
    return Report(std::string("input or output: expected the system's help, "
                              "got ") +
                      error.what(),
                  ExitCode::kInputOutput);
  } catch (const std::exception& error) {
    return Report(std::string("this is our bug: ") + error.what(),
                  ExitCode::kOurBug);
  }
}

}  // namespace

std::string_view Version() { return TIDEMILL_VERSION; }

int RunCommandLine(int argc, const char* const* argv,
                   std::span<const AddCommand> commands) {
  OccupyClosedStreams();
  // A reader that goes away is an error of a write, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  SetUpLogging("info", "text");
  CLI::App app("Scores events while they stream.", "tidemill");
  app.require_subcommand(1);
  std::function<int()> run;
  for (const AddCommand add : commands) add(app, run);
  SetVersionFlags(app, "tidemill " + std::string(Version()));
  return Guarded([&] {
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return ReportParse(app, error);
    }
    RefuseEmptyArguments(app);
    return run();
  });
}

}  // namespace tidemill
