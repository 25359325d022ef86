// How often clean streams are called drifted, and how soon drifted ones are:
// with the code that trains and the code that serves. README.md says how.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "benchmarks/drift/event_pool.h"
#include "benchmarks/drift/studies.h"
#include "tidemill/config/training_config.h"

namespace tidemill {
namespace {

struct Arguments {
  StudyOptions study;
  std::vector<std::string> services = {"churn", "taxi", "normal"};
  std::vector<std::string> parts = {"false-alarms", "days", "detection"};
  std::vector<std::string> thresholds;  ///< NAME=VALUE
  std::size_t pool = 500'000;
  bool json = false;
};

void Define(CLI::App& app, Arguments& arguments) {
  StudyOptions& study = arguments.study;
  app.add_option("--service", arguments.services)
      ->check(CLI::IsMember({"churn", "taxi", "normal"}));
  app.add_option("--part", arguments.parts)
      ->check(CLI::IsMember({"false-alarms", "days", "detection"}));
  app.add_option("--rows", study.rows,
                 "of trainings, the held-out ones included; the first is that "
                 "of the detection table");
  app.add_option("--windows", study.windows, "clean ones, each with a training")
      ->capture_default_str();
  app.add_option("--models", study.models, "whose scores are drawn from")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--days", study.days)->capture_default_str();
  app.add_option("--repeats", study.repeats, "of a shift")
      ->capture_default_str();
  app.add_option("--pool", arguments.pool, "events that are drawn from")
      ->check(CLI::Range(100'000, 20'000'000))
      ->capture_default_str();
  app.add_option("--seed", study.seed)->capture_default_str();
  app.add_option("--threshold", arguments.thresholds,
                 "NAME=VALUE, as in a config's drift.thresholds");
  app.add_option("--min-events", study.drift.min_events)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", arguments.json,
               "everything as JSON, the tables to standard error");
}

void SetThreshold(const std::string& text, DriftThresholds& thresholds) {
  const std::size_t equals = text.find('=');
  for (const auto& [name, value] : kDriftThresholds) {
    if (text.substr(0, equals) != name) continue;
    thresholds.*value = std::stod(text.substr(equals + 1));
    return;
  }
  throw std::runtime_error("--threshold: expected NAME=VALUE, got " + text);
}

std::string CellText(const nlohmann::json& cell) {
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_number_float()) return fmt::format("{:.4f}", cell.get<double>());
  return cell.dump();
}

void Print(const ResultTable& table, std::FILE* out) {
  std::string text = "\n" + table.name + "\n|";
  for (const std::string& column : table.columns) text += " " + column + " |";
  text += "\n|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) text += "---|";
  for (const auto& row : table.rows) {
    text += "\n|";
    for (const nlohmann::json& cell : row) text += " " + CellText(cell) + " |";
  }
  std::fprintf(out, "%s\n", text.c_str());
}

nlohmann::json ToJson(const ResultTable& table) {
  return {
      {"name", table.name}, {"columns", table.columns}, {"rows", table.rows}};
}

/// The sizes that people have: churn's public sample, and a file of rides.
std::vector<std::size_t> UsualRows(const std::string& service) {
  if (service == "churn") return {7043, 2000, 10'000};
  return {10'000, 2000, 7043};
}

std::vector<ResultTable> RunService(const Arguments& arguments,
                                    const std::string& service) {
  StudyOptions options = arguments.study;
  if (options.rows.empty()) options.rows = UsualRows(service);
  if (service == "normal") {
    const bool wanted = std::ranges::count(arguments.parts, "detection") > 0;
    if (!wanted) return {};
    return {StudyNormalDetection(options)};
  }
  const TrainingConfig config = LoadTrainingConfig(
      fmt::format("{}/{}.train.yaml", TIDEMILL_CONFIG_FOLDER, service));
  const EventPool pool(config, options.seed, arguments.pool);
  std::fprintf(stderr, "%s: %zu events simulated\n", service.c_str(),
               pool.rows());
  std::vector<ResultTable> tables;
  for (const std::string& part : arguments.parts) {
    if (part == "false-alarms") {
      FalseAlarms alarms = StudyFalseAlarms(config, pool, options);
      tables.push_back(std::move(alarms.rates));
      tables.push_back(std::move(alarms.causes));
      tables.push_back(std::move(alarms.figures));
    } else if (part == "days") {
      tables.push_back(StudyDays(config, pool, options));
    } else {
      tables.push_back(StudyDetection(config, pool, options));
    }
  }
  return tables;
}

void Run(Arguments arguments) {
  for (const std::string& text : arguments.thresholds) {
    SetThreshold(text, arguments.study.drift.thresholds);
  }
  nlohmann::json all = nlohmann::json::array();
  for (const std::string& service : arguments.services) {
    for (const ResultTable& table : RunService(arguments, service)) {
      Print(table, arguments.json ? stderr : stdout);
      all.push_back(ToJson(table));
    }
  }
  if (arguments.json) std::puts(all.dump(2).c_str());
}

}  // namespace
}  // namespace tidemill

int main(int argc, char** argv) {
  // What is skipped of a training is not news here.
  spdlog::set_level(spdlog::level::err);
  CLI::App app("False alarms and delays of drift detection.");
  tidemill::Arguments arguments;
  tidemill::Define(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    tidemill::Run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "drift_study: %s\n", error.what());
    return 1;
  }
  return 0;
}
