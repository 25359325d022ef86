#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/commands.h"
#include "tidemill/cli/finding.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/text_table.h"
#include "tidemill/config/canonical_text.h"
#include "tidemill/config/field_table.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/training/config_schema.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

struct ShowOptions {
  std::string config;
  std::string bootstrap;
  std::vector<std::string> sets;
  bool json = false;
};

/// A config with all values, in two forms.
struct Shown {
  std::string kind;
  std::vector<ConfigValue> values;
  std::string text;
};

std::string_view SourceOf(const ConfigValue& value) {
  if (value.where.empty()) return "default";
  if (SplitPlace(value.where).line > 0) return "file";
  if (value.where.starts_with("environment ")) return "environment";
  return "flag";
}

std::string Table(const std::vector<ConfigValue>& values) {
  TextTable table({"key", "value", "from"});
  for (const ConfigValue& value : values) {
    table.Add({value.key, value.value,
               value.where.empty() ? "default" : value.where});
  }
  return table.Text();
}

Shown ShowTraining(const ShowOptions& options, ParameterValue tree) {
  ApplySets(tree, options.sets);
  const TrainingConfig config = ReadTrainingConfig(tree);
  Shown shown{.kind = "training", .values = ValuesOf(config, tree), .text = {}};
  shown.text = Table(shown.values);
  return shown;
}

Shown ShowService(const ShowOptions& options, ParameterValue tree) {
  std::vector<std::string> sets = options.sets;
  if (!options.bootstrap.empty()) {
    sets.push_back("kafka.bootstrap=" + options.bootstrap);
  }
  ConfigProblems problems;
  const ServiceConfig config = ReadServiceConfig(
      std::move(tree), std::filesystem::path(options.config).parent_path(),
      sets, ProcessEnvironment(), problems);
  problems.Throw();
  return {
      .kind = "service", .values = ValuesOf(config), .text = ToText(config)};
}

/// The value as JSON has it.
Json TypedValue(const std::string& printed) {
  const ParameterValue value = ParseOverlayValue(printed, "");
  return Json::parse(CanonicalText(value), nullptr, false);
}

std::string ToJson(const ShowOptions& options, const Shown& shown) {
  Json json = {{"config", options.config},
               {"kind", shown.kind},
               {"values", Json::array()}};
  for (const ConfigValue& value : shown.values) {
    Json entry = {{"key", value.key},
                  {"value", shown.kind == "service" ? TypedValue(value.value)
                                                    : Json(value.value)},
                  {"source", SourceOf(value)}};
    if (!value.where.empty()) entry["where"] = value.where;
    json["values"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Print(const std::string& text) {
  OutputFile output(stdout, kStandardOutput);
  output.Write(text);
  output.Close();
}

int Show(const ShowOptions& options) {
  ParameterValue tree = ReadYamlFile(options.config);
  const Shown shown = IsTrainingConfig(tree)
                          ? ShowTraining(options, std::move(tree))
                          : ShowService(options, std::move(tree));
  Print(options.json ? ToJson(options, shown) : shown.text);
  return static_cast<int>(ExitCode::kDone);
}

void AddShow(CLI::App& config, std::function<int()>& run) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = config.add_subcommand(
      "show", "Prints every value and where it came from; secrets are masked");
  command
      ->add_option("CONFIG", options->config,
                   "Config of a service or training (YAML)")
      ->required();
  AddOverlayOptions(*command, options->sets, options->bootstrap);
  command->add_flag("--json", options->json, "What a script reads");
  command->callback(
      [options, &run] { run = [options] { return Show(*options); }; });
}

void AddSchema(CLI::App& config, std::function<int()>& run) {
  auto kind = std::make_shared<std::string>("service");
  CLI::App* command = config.add_subcommand(
      "schema", "Prints the JSON Schema that editors complete and check with");
  command->add_option("KIND", *kind, "service or training")
      ->capture_default_str()
      ->check(CLI::IsMember({"service", "training"}));
  command->callback([kind, &run] {
    run = [kind] {
      Print(*kind == "training" ? TrainingConfigSchema()
                                : ServiceConfigSchema());
      return static_cast<int>(ExitCode::kDone);
    };
  });
}

}  // namespace

void AddConfigCommand(CLI::App& app, std::function<int()>& run) {
  CLI::App* command = app.add_subcommand("config", "Explains configs");
  command->require_subcommand(1);
  AddShow(*command, run);
  AddSchema(*command, run);
}

}  // namespace tidemill
