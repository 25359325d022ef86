#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "consumers/commands.h"
#include "consumers/scorer_process.h"
#include "consumers/stop_signals.h"
#include "tidemill/cli/logging.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/service_check.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Longer than a drain may take; see WorkerOptions::drain_timeout.
constexpr std::chrono::milliseconds kWatchdog{4900};

struct Options {
  std::string config;
  std::string bootstrap;
  std::vector<std::string> sets;
};

ServiceConfig LoadConfig(const Options& options) {
  std::vector<std::string> sets = options.sets;
  if (!options.bootstrap.empty()) {
    sets.push_back("kafka.bootstrap=" + options.bootstrap);
  }
  ServiceConfig config =
      LoadServiceConfig(options.config, sets, ProcessEnvironment());
  CheckDelivery(config);
  return config;
}

void LogModel(const ServiceConfig& config, const LoadedModel* model) {
  if (model == nullptr) {
    spdlog::info(
        "service {}: the registry topic {} says which model scores; "
        "artifacts come from {}",
        config.service, config.registry.topic, config.registry.store);
    return;
  }
  spdlog::info(
      "service {}: model {} ({}, sha256 {}), a fixed file: the "
      "registry is not used",
      config.service, model->reference(), config.model.string(),
      model->sha256());
}

void LogStart(const ServiceConfig& config, const ScorerProcess& process) {
  spdlog::info(
      "topics {} -> {}, dead letters {}; broker {}, group {}, {} "
      "workers",
      config.topics.events, config.topics.predictions,
      config.topics.dead_letters, config.kafka.bootstrap, config.kafka.group,
      config.workers);
  spdlog::info(
      "metrics on http://{}:{}/metrics, health on "
      "http://{}:{}/v2/health/ready",
      config.metrics.listen.host, process.metrics_port(),
      config.http.listen.host, process.http_port());
}

int Serve(const Options& options) {
  BlockStopSignals();
  const ServiceConfig config = LoadConfig(options);
  SetUpLogging(config.log.level, config.log.format);
  LoadedModelPtr model;
  if (!config.model.empty()) {
    model = LoadArtifactFile(config.model.string(), 0);
  }
  ScorerProcess process(config);
  LogModel(config, model.get());
  if (model != nullptr) process.SetChampion(std::move(model));
  LogStart(config, process);
  while (!process.failed() &&
         !StopSignalWithin(std::chrono::milliseconds(200))) {
  }
  spdlog::info("stopping: no more events are read");
  StartStopWatchdog(kWatchdog);
  const int code = process.Stop();
  spdlog::info("stopped");
  return code;
}

}  // namespace

void AddServeCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "serve", "Scores events from Kafka until SIGTERM or SIGINT");
  command->add_option("CONFIG", options->config, "Config of the service (YAML)")
      ->required();
  AddOverlayOptions(*command, options->sets, options->bootstrap);
  command->callback(
      [options, &run] { run = [options] { return Serve(*options); }; });
}

}  // namespace tidemill
