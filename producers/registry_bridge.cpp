#include "producers/registry_bridge.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "producers/mlflow_bridge.h"
#include "producers/mlflow_client.h"
#include "producers/mlflow_webhook.h"
#include "producers/registry_contents.h"
#include "producers/registry_options.h"
#include "tidemill/cli/logging.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/config/host_port.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/config/units.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/http/http_server.h"
#include "tidemill/kafka/kafka_log.h"

namespace tidemill {
namespace {

constexpr std::chrono::milliseconds kMinInterval{100};
constexpr std::chrono::milliseconds kMaxInterval = std::chrono::hours(24);
/// How soon a signal is noticed.
constexpr std::chrono::milliseconds kSignalCheck{100};
/// MLflow's own limit.
constexpr std::size_t kMaxModelName = 256;

struct BridgeArguments {
  SharedRegistryOptions target;
  std::string mlflow;
  std::string model;
  std::vector<std::string> aliases;
  std::optional<double> percent;
  std::string artifact_path = "model.bin";
  std::string interval = "5s";
  bool once = false;
  std::string webhook;
  std::string secret_file;
};

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// The first signal ends the loop in order, a second one at once.
extern "C" void StopBridge(int signal_number) {
  stop_asked = true;
  std::signal(signal_number, SIG_DFL);
}

/// Ends a wait early.
/// Threads: any may ring; one waits.
class Bell {
 public:
  void Ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }

  /// Until it was rung since the last wait, `time` has passed, or a signal
  /// asks to stop.
  void Wait(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    std::unique_lock lock(mutex_);
    while (!rung_ && !stop_asked && std::chrono::steady_clock::now() < end) {
      changed_.wait_for(lock, kSignalCheck);
    }
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

/// librdkafka repeats itself while a broker is away; what it costs us is said
/// once per trouble by the loop.
KafkaEvents DebugEvents() {
  return {.on_error =
              [](std::string_view code, std::string_view message) {
                spdlog::debug("kafka {}: {}", code, message);
              },
          .on_log =
              [](int, std::string_view facility, std::string_view text) {
                spdlog::debug("librdkafka {}: {}", facility, text);
              },
          .on_rebalance = {}};
}

RegistryAccess AccessTo(const RegistryTarget& target) {
  return {.read =
              [target = RegistryTarget(target)](
                  const std::function<void(const LogRecord&)>& take) mutable {
                ReadTopics(target, {target.topics.state, target.topics.audit},
                           take);
                // It reads again with every round.
                target.warn_of_retention = false;
              },
          .open_reader =
              [target] {
                return std::make_unique<KafkaLogReader>(
                    target.kafka, std::vector{target.topics.state},
                    DebugEvents());
              },
          .open_writer =
              [target] {
                return std::make_unique<KafkaLogWriter>(
                    target.WriterSettings(), kRegistryTimeout, DebugEvents());
              }};
}

std::string ServerUrl(const BridgeArguments& arguments) {
  if (!arguments.mlflow.empty()) return CheckServerUrl(arguments.mlflow);
  const char* uri = std::getenv("MLFLOW_TRACKING_URI");
  if (uri != nullptr && *uri != '\0') return CheckServerUrl(uri);
  throw UsageError({.where = "--mlflow",
                    .expected = "the MLflow server's URL, here or in "
                                "MLFLOW_TRACKING_URI",
                    .got = "neither"});
}

BridgeOptions OptionsOf(const BridgeArguments& arguments,
                        const RegistryTarget& target) {
  if (target.sources.store.find("://") != std::string::npos) {
    throw UsageError({.where = "--store",
                      .expected = "a folder to write to",
                      .got = "a URL, which is read only"});
  }
  try {
    SplitPath(arguments.artifact_path, "--artifact-path");
  } catch (const ArtifactError& error) {
    throw UsageError(error.what());
  }
  return {.model = arguments.model,
          .aliases = ReadFollowedAliases(arguments.aliases, arguments.percent),
          .artifact_path = arguments.artifact_path,
          .service = target.service,
          .topics = target.topics,
          .store = target.sources.store,
          .user = IssuedBy()};
}

int Once(MlflowBridge& bridge) {
  switch (bridge.Round()) {
    case RoundResult::kDone:
      return static_cast<int>(ExitCode::kDone);
    case RoundResult::kRefused:
      return static_cast<int>(ExitCode::kAnswerIsNo);
    case RoundResult::kConflict:
      return static_cast<int>(ExitCode::kTryAgain);
  }
  return static_cast<int>(ExitCode::kOurBug);
}

/// Says a trouble when it begins or changes, and when it is over.
class TroubleLog {
 public:
  void Trouble(const std::string& text) {
    // "after 13 ms" and "after 14 ms" are the same trouble.
    std::string kind = text;
    std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
    if (kind == last_) return;
    last_ = std::move(kind);
    spdlog::warn("{}", text);
  }
  void Fine() {
    if (!last_.empty()) spdlog::info("MLflow and the registry answer again");
    last_.clear();
  }

 private:
  std::string last_;
};

void RoundAfterRound(MlflowBridge& bridge, std::chrono::milliseconds interval,
                     Bell& bell) {
  TroubleLog log;
  while (!stop_asked) {
    try {
      bridge.Round();
      log.Fine();
    } catch (const UnavailableError& error) {
      log.Trouble(error.what());
    } catch (const IoError& error) {
      log.Trouble(error.what());
    } catch (const TryAgainError& error) {
      log.Trouble(error.what());
    } catch (const AnswerIsNo& error) {
      log.Trouble(error.what());
    }
    bell.Wait(interval);
  }
}

std::unique_ptr<HttpServer> ListenForWebhooks(const BridgeArguments& arguments,
                                              const Clock& clock, Bell& bell) {
  if (arguments.webhook.empty()) return nullptr;
  HttpOptions options;
  options.on_handler_error = [](std::string_view what) {
    spdlog::error("webhook: {}", what);
  };
  auto server = std::make_unique<HttpServer>(
      arguments.webhook,
      MakeWebhookHandler(ReadWebhookSecret(arguments.secret_file), clock,
                         [&bell] { bell.Ring(); }),
      options);
  const std::string host =
      arguments.webhook.substr(0, arguments.webhook.rfind(':'));
  spdlog::info("webhooks at http://{}:{}{}", host, server->port(),
               kWebhookPath);
  return server;
}

void SetUpLoggingOf(const RegistryOptions& options) {
  if (options.config.empty()) {
    SetUpLogging("info", "text");
    return;
  }
  std::vector<std::string> sets;
  if (!options.service.empty()) sets.push_back("service=" + options.service);
  const ServiceConfig::Log log =
      LoadServiceConfig(options.config, sets, ProcessEnvironment()).log;
  SetUpLogging(log.level, log.format);
}

int Bridge(const BridgeArguments& arguments) {
  SetUpLoggingOf(*arguments.target);
  const RegistryTarget target = ResolveTarget(*arguments.target);
  const BridgeOptions options = OptionsOf(arguments, target);
  const MlflowClient client(
      {.url = ServerUrl(arguments),
       .authorization = AuthorizationFrom(
           [](const char* name) { return std::getenv(name); })});
  const SystemClock clock;
  MlflowBridge bridge(client, AccessTo(target), options, clock);
  if (arguments.once) return Once(bridge);

  std::signal(SIGINT, StopBridge);
  std::signal(SIGTERM, StopBridge);
  Bell bell;
  const auto server = ListenForWebhooks(arguments, clock, bell);
  for (const FollowedAlias& alias : options.aliases) {
    spdlog::info("following mlflow {} alias {} of {}: {} of service {}",
                 options.model, alias.alias, client.url(), ToText(alias.role),
                 options.service);
  }
  RoundAfterRound(bridge, *ParseDuration(arguments.interval), bell);
  spdlog::info("stopped");
  return 0;
}

CLI::Validator Interval() {
  return CLI::Validator(
      [](const std::string& text) {
        const auto interval = ParseDuration(text);
        return interval && *interval >= kMinInterval &&
                       *interval <= kMaxInterval
                   ? std::string()
                   : fmt::format("expected a duration from {} to {}, got '{}'",
                                 DurationText(kMinInterval),
                                 DurationText(kMaxInterval), text);
      },
      "");
}

CLI::Validator ListenAddress() {
  return CLI::Validator(
      [](const std::string& text) {
        return ParseHostPort(text)
                   ? std::string()
                   : fmt::format("expected HOST:PORT, got '{}'", text);
      },
      "");
}

CLI::Validator ModelName() {
  return CLI::Validator(
      [](const std::string& text) {
        bool fits = !text.empty() && text.size() <= kMaxModelName;
        for (const char c : text) {
          fits = fits && static_cast<unsigned char>(c) >= 0x20 && c != '\x7f';
        }
        return fits ? std::string()
                    : fmt::format(
                          "expected a name of 1 to {} bytes without control "
                          "characters",
                          kMaxModelName);
      },
      "");
}

void AddMlflowOptions(CLI::App& verb, BridgeArguments& a) {
  verb.add_option("--mlflow", a.mlflow,
                  "URL of the MLflow server; default: $MLFLOW_TRACKING_URI")
      ->type_name("URL");
  verb.add_option("--model", a.model, "MLflow's registered model")
      ->required()
      ->type_name("NAME")
      ->check(ModelName());
  verb.add_option("--alias", a.aliases,
                  "ALIAS=deploy, ALIAS=shadow or ALIAS=canary; default: "
                  "champion=deploy and challenger=canary with --percent, else "
                  "challenger=shadow. Repeatable")
      ->expected(1)
      ->take_all();
  verb.add_option("--percent", a.percent, "A canary's share of the keys")
      ->check(CanaryPercent());
  verb.add_option("--artifact-path", a.artifact_path,
                  "The file among the version's")
      ->capture_default_str()
      ->type_name("PATH");
}

void AddLoopOptions(CLI::App& verb, BridgeArguments& a) {
  CLI::Option* once =
      verb.add_flag("--once", a.once,
                    "One round; exit 0 done or nothing to do, 1 refused, 69 a "
                    "server away, 75 conflict");
  verb.add_option("--interval", a.interval, "From one round to the next")
      ->capture_default_str()
      ->excludes(once)
      ->check(Interval());
  CLI::Option* webhook =
      verb.add_option("--webhook", a.webhook,
                      "Also listen here for MLflow's webhooks, each of which "
                      "starts a round")
          ->type_name("HOST:PORT")
          ->excludes(once)
          ->check(ListenAddress());
  CLI::Option* secret = verb.add_option("--webhook-secret-file", a.secret_file,
                                        "File with the webhook's secret")
                            ->type_name("FILE")
                            ->needs(webhook);
  webhook->needs(secret);
}

}  // namespace

void AddRegistryBridge(CLI::App& registry, const SharedRegistryOptions& shared,
                       std::function<int()>& run) {
  const auto arguments = std::make_shared<BridgeArguments>();
  arguments->target = shared;
  CLI::App* verb = registry.add_subcommand(
      "bridge", "Follows aliases of an MLflow model registry");
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  AddMlflowOptions(*verb, *arguments);
  AddLoopOptions(*verb, *arguments);
  verb->callback(
      [arguments, &run] { run = [arguments] { return Bridge(*arguments); }; });
}

}  // namespace tidemill
