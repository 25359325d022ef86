#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tidemill/cli/cluster_check.h"
#include "tidemill/cli/commands.h"
#include "tidemill/cli/finding.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/service_check.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/units.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/training/fitted_model.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

/// A larger model takes more than a moment to verify; see docs/check.md.
constexpr std::uintmax_t kPassingModelBytes = std::uintmax_t{4} << 20U;

struct Options {
  std::string config;
  std::string bootstrap;
  std::vector<std::string> sets;
  std::string timeout = "5s";
  bool connect = false;
  bool load = false;
  bool json = false;
};

struct Report {
  std::string kind;  ///< "service", "training"; empty when the file is no YAML
  std::string name;
  std::vector<Finding> findings;
  LoadedModelPtr model;
  std::vector<TopicFacts> topics;
  ExitCode code = ExitCode::kDone;
};

std::size_t CountErrors(const Report& report) {
  return static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const Finding& finding) { return finding.is_error; }));
}

void CheckTraining(const Options& options, ParameterValue tree,
                   Report& report) {
  report.kind = "training";
  if (options.connect) {
    throw UsageError({.where = "--connect",
                      .expected = "the config of a service",
                      .got = "one of a training, which knows no broker"});
  }
  ConfigProblems problems;
  problems.Try([&] { ApplySets(tree, options.sets); });
  const TrainingConfig config = ReadTrainingConfig(tree, problems);
  report.name = config.name;
  // Without one an error says so already.
  if (!config.model.name.empty()) problems.Try([&] { MakeRecipe(config); });
  AddErrors(problems, report.findings);
}

void CheckBroker(const Options& options, const ServiceConfig& config,
                 Report& report) {
  const std::size_t before = CountErrors(report);
  try {
    report.topics =
        CheckCluster(config, *ParseDuration(options.timeout), report.findings);
    if (CountErrors(report) > before) report.code = ExitCode::kAnswerIsNo;
  } catch (const Error& error) {
    report.findings.push_back(ErrorFinding(error));
    report.code = error.exit_code();
  }
}

void CheckServiceConfig(const Options& options, ParameterValue tree,
                        Report& report) {
  report.kind = "service";
  std::vector<std::string> sets = options.sets;
  if (!options.bootstrap.empty()) {
    sets.push_back("kafka.bootstrap=" + options.bootstrap);
  }
  ConfigProblems problems;
  const ServiceConfig config = ReadServiceConfig(
      std::move(tree), std::filesystem::path(options.config).parent_path(),
      sets, ProcessEnvironment(), problems);
  report.name = config.service;
  AddErrors(problems, report.findings);
  CheckService(config, report.findings);
  const std::uintmax_t most = options.load
                                  ? std::numeric_limits<std::uintmax_t>::max()
                                  : kPassingModelBytes;
  report.model = CheckModel(config, most, report.findings);
  // Clients cannot be made of what is wrong.
  if (CountErrors(report) > 0 || !options.connect) return;
  CheckBroker(options, config, report);
}

Report MakeReport(const Options& options) {
  Report report;
  try {
    ParameterValue tree = ReadYamlFile(options.config);
    if (IsTrainingConfig(tree)) {
      CheckTraining(options, std::move(tree), report);
    } else {
      CheckServiceConfig(options, std::move(tree), report);
    }
  } catch (const ConfigError& error) {
    report.findings.push_back(ErrorFinding(error));
  }
  if (CountErrors(report) > 0 && report.code == ExitCode::kDone) {
    report.code = ExitCode::kBadConfig;
  }
  return report;
}

Json ToJson(const Finding& finding) {
  const PlaceParts place = SplitPlace(finding.where);
  Json json = {{"severity", finding.is_error ? "error" : "warning"},
               {"where", finding.where},
               {"message", finding.message}};
  if (place.line > 0) {
    json["file"] = place.source;
    json["line"] = place.line;
    json["column"] = place.column;
  }
  if (!place.key.empty()) json["key"] = place.key;
  return json;
}

std::string ToJson(const Options& options, const Report& report) {
  const std::size_t errors = CountErrors(report);
  Json json = {{"config", options.config}, {"ok", errors == 0}};
  if (!report.kind.empty()) {
    json["kind"] = report.kind;
    json["name"] = report.name;
  }
  json["errors"] = errors;
  json["warnings"] = report.findings.size() - errors;
  json["findings"] = Json::array();
  for (const Finding& finding : report.findings) {
    json["findings"].push_back(ToJson(finding));
  }
  if (const LoadedModel* model = report.model.get()) {
    json["model"] = {{"name", model->manifest().name},
                     {"model", model->manifest().model},
                     {"fields", model->schema().size()},
                     {"features", model->plan().num_features()},
                     {"size", model->size()},
                     {"sha256", model->sha256()}};
  }
  if (!report.topics.empty()) {
    json["topics"] = Json::array();
    for (const TopicFacts& topic : report.topics) {
      json["topics"].push_back(
          {{"name", topic.name}, {"partitions", topic.partitions}});
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string Count(std::size_t number, std::string_view of_what) {
  return fmt::format("{} {}{}", number, of_what, number == 1 ? "" : "s");
}

std::string ToText(const Options& options, const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings) text += ToText(finding);
  if (const LoadedModel* model = report.model.get()) {
    text += fmt::format(
        "model {}: {}, {} fields, {} features, {} bytes, verified\n",
        OneLine(model->manifest().name), OneLine(model->manifest().model),
        model->schema().size(), model->plan().num_features(), model->size());
  }
  for (const TopicFacts& topic : report.topics) {
    text += fmt::format("topic {}: {}\n", topic.name,
                        topic.partitions == 0
                            ? "none of that name"
                            : fmt::format("{} partitions", topic.partitions));
  }
  const std::size_t errors = CountErrors(report);
  const std::string what =
      report.kind.empty()
          ? ""
          : fmt::format("{} {}, ",
                        report.kind == "service" ? "service" : "training of",
                        OneLine(report.name));
  return text + fmt::format("{}: {}{}, {}\n", OneLine(options.config), what,
                            Count(errors, "error"),
                            Count(report.findings.size() - errors, "warning"));
}

int Run(const Options& options) {
  const Report report = MakeReport(options);
  OutputFile output(stdout, kStandardOutput);
  output.Write(options.json ? ToJson(options, report)
                            : ToText(options, report));
  output.Close();
  return static_cast<int>(report.code);
}

}  // namespace

void AddCheckCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "Says all that is wrong with a config of a service or training");
  command->add_option("CONFIG", options->config, "The config (YAML)")
      ->required();
  AddOverlayOptions(*command, options->sets, options->bootstrap);
  command->add_flag("--load", options->load,
                    "Load and verify the model, however large");
  CLI::Option* connect = command->add_flag(
      "--connect", options->connect,
      "Ask the brokers for the topics too; joins no group, creates nothing");
  command
      ->add_option("--timeout", options->timeout,
                   "How long to wait for the brokers")
      ->capture_default_str()
      ->check(TimeWithUnit())
      ->needs(connect);
  command->add_flag("--json", options->json, "What a script reads");
  command->callback(
      [options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace tidemill
