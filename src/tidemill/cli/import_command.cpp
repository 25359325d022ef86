#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/model_output.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/importing/import.h"
#include "tidemill/importing/json_reader.h"

namespace tidemill {
namespace {

struct Options {
  std::string file;
  std::string out = "model.bin";
  BareModelOptions bare;
  bool json = false;
};

std::string ToJson(const ImportResult& result, const std::string& out) {
  const nlohmann::ordered_json json = {{"file", out},
                                       {"sha256", result.sha256},
                                       {"bytes", result.artifact.size()},
                                       {"from", result.kind},
                                       {"name", result.manifest.name},
                                       {"task", ToText(result.manifest.task)},
                                       {"model", result.manifest.model},
                                       {"classes", result.manifest.classes},
                                       {"fields", result.num_fields},
                                       {"features", result.num_features},
                                       {"verified_rows", result.verified_rows},
                                       {"compared", result.compared}};
  return json.dump(2) + '\n';
}

std::string ToText(const ImportResult& result, const std::string& out) {
  return fmt::format(
      "imported {} from {} {}: {}, {} fields, {} features\n"
      "{} verification rows {}\n"
      "wrote {} ({} bytes, sha256 {})\n",
      OneLine(result.manifest.name), result.kind.starts_with('e') ? "an" : "a",
      OneLine(result.kind), OneLine(result.manifest.model), result.num_fields,
      result.num_features, result.verified_rows,
      result.compared
          ? "scored by the code that serves: the same scores"
          : "kept with our scores: the file has none of its library's",
      out, result.artifact.size(), result.sha256);
}

int Run(const Options& options) {
  CheckModelOutput(options.out,
                   {{"FILE", options.file}, {"--events", options.bare.events}});
  const ImportResult result =
      ImportModel(ReadFile(options.file, JsonDocument::kMaxBytes), options.file,
                  options.bare);
  for (const std::string& warning : result.warnings) {
    fmt::print(stderr, "tidemill: warning: {}\n", warning);
  }
  WriteFileAtomically(options.out, result.artifact);
  OutputFile output(stdout, kStandardOutput);
  output.Write(options.json ? ToJson(result, options.out)
                            : ToText(result, options.out));
  output.Close();
  return static_cast<int>(ExitCode::kDone);
}

/// What a bare model's file does not say.
void AddBareOptions(CLI::App& command, BareModelOptions& bare) {
  const auto add = [&](const char* name, auto& value, const char* text) {
    return command.add_option(name, value, text)->group("Bare models");
  };
  add("--name", bare.name, "The model's name; that of the file otherwise");
  add("--events", bare.events,
      "Events, JSON lines: baselines for drift and verification rows");
  add("--id-field", bare.id_field, "The field that is an event's id");
  add("--time-field", bare.time_field, "The field that is an event's time");
  add("--classes", bare.classes,
      "Labels in the order of the outputs, e.g. No,Yes; 0,1,... otherwise")
      ->delimiter(',');
  add("--threshold", bare.threshold,
      "Of two classes: a score at or above it is the second; 0.5 otherwise")
      ->check(CLI::Number);
}

}  // namespace

void AddImportCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "import", "Makes a model.bin of a model that another program trained");
  command
      ->add_option("FILE", options->file,
                   "What tidemill_export (python/) wrote, XGBoost's JSON or "
                   "UBJSON, LightGBM's text")
      ->required();
  command->add_option("--out", options->out, "Where to write the model")
      ->capture_default_str();
  AddBareOptions(*command, options->bare);
  command->add_flag("--json", options->json, "Print the summary as JSON");
  command->callback(
      [options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace tidemill
