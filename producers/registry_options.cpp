#include "producers/registry_options.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "tidemill/cli/cluster_settings.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/registry_retention.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/service_config.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/kafka/kafka_log.h"

namespace tidemill {
namespace {

/// More versions than the verb takes.
void RefuseVersionAsConfig(const std::string& config) {
  std::error_code ignored;
  if (!ParseModelReference(config) ||
      std::filesystem::exists(config, ignored)) {
    return;
  }
  throw UsageError({.where = "CONFIG",
                    .expected = "a config of a service, or nothing",
                    .got = fmt::format("the version '{}', which this verb does "
                                       "not take",
                                       config)});
}

ServiceConfig LoadConfig(const RegistryOptions& options) {
  std::vector<std::string> sets;
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) sets.push_back(std::string(key) + "=" + value);
  };
  set("kafka.bootstrap", options.bootstrap);
  set("registry.topic", options.topic);
  if (!options.config.empty()) {
    RefuseVersionAsConfig(options.config);
    set("service", options.service);
    return LoadServiceConfig(options.config, sets, ProcessEnvironment());
  }
  if (options.service.empty()) {
    throw UsageError({.where = "--service",
                      .expected = "the service's name, or a CONFIG that has it",
                      .got = "neither"});
  }
  return DefaultServiceConfig(options.service, sets);
}

bool IsUrl(const std::string& store) {
  return store.find("://") != std::string::npos;
}

}  // namespace

void AddRegistryOptions(CLI::App& app, RegistryOptions& options) {
  app.add_option("--service", options.service,
                 "Name of the service, over the config's")
      ->check([](const std::string& text) {
        return IsRegistryName(text)
                   ? std::string()
                   : "expected a name of 1 to 200 letters, digits, '.', '_' "
                     "or '-', got '" +
                         text + "'";
      });
  app.add_option("--bootstrap", options.bootstrap,
                 "HOST:PORT of the broker, over the config's; default: "
                 "127.0.0.1:9092")
      ->check(BrokerAddresses());
  app.add_option("--store", options.store,
                 "Folder (or URL, to read) of the artifacts, over the "
                 "config's; default: artifacts/")
      ->type_name("DIR");
  app.add_option("--topic", options.topic,
                 "Topic of the registry, over the config's; default: "
                 "tidemill.registry")
      ->check(TopicName());
  app.add_flag("--json", options.json, "What a script reads");
}

void AddConfigArgument(CLI::App& verb, RegistryOptions& options) {
  verb.add_option("CONFIG", options.config,
                  "Config of the service (YAML); without it --service is "
                  "needed");
}

KafkaSettings RegistryTarget::WriterSettings() const {
  KafkaSettings settings = kafka;
  settings.transactional_id = RegistryTransactionalId(service);
  return settings;
}

RegistryTarget ResolveTarget(const RegistryOptions& options) {
  const ServiceConfig config = LoadConfig(options);
  RegistryTarget target;
  target.service = config.service;
  target.kafka = ClusterSettings(config.kafka);
  target.kafka.client_id = "tidemill-registry";
  target.topics = RegistryTopics::Of(config.registry.topic);
  target.sources.store = config.registry.store;
  target.sources.allowed = config.registry.allowed;
  if (!options.store.empty()) {
    target.sources.store =
        IsUrl(options.store)
            ? options.store
            : std::filesystem::absolute(options.store).string();
  }
  return target;
}

void EnsureTopics(const RegistryTarget& target) {
  EnsureRegistryTopics(target.kafka, target.topics.state, target.topics.status,
                       target.topics.audit, kRegistryTimeout);
  if (target.warn_of_retention) {
    WarnOfRetention(target.kafka, target.topics.state);
  }
}

std::string AsMessageText(std::string_view text, const std::string& where,
                          std::size_t max_bytes) {
  const auto refuse = [&](const std::string& got) {
    throw UsageError({.where = where,
                      .expected = fmt::format("at most {} bytes", max_bytes),
                      .got = got});
  };
  if (text.size() > max_bytes) refuse(std::to_string(text.size()));
  std::string line = OneLine(text);
  if (line.size() > max_bytes) {
    refuse(fmt::format("{} with what cannot be printed escaped", line.size()));
  }
  return line;
}

CLI::Validator CanaryPercent() {
  return CLI::Validator(
      [](const std::string& text) {
        const bool fits = NumberBetween(0.0, 0.0)(text).empty() ||
                          NumberBetween(0.0001, 100.0)(text).empty();
        return fits ? ""
                    : fmt::format(
                          "expected 0, or a number from 0.0001 to 100, got "
                          "'{}'",
                          text);
      },
      "");
}

std::string IssuedBy() {
  constexpr std::size_t kMaxBytes = 256;  // of a message's issued_by
  const char* given = std::getenv("TIDEMILL_USER");
  if (given != nullptr && *given != '\0') {
    return AsMessageText(given, "TIDEMILL_USER", kMaxBytes);
  }
  const passwd* user = ::getpwuid(::getuid());
  std::array<char, 256> host{};
  const bool has_host = ::gethostname(host.data(), host.size() - 1) == 0;
  return (user != nullptr ? std::string(user->pw_name)
                          : std::to_string(::getuid())) +
         "@" + (has_host ? host.data() : "unknown");
}

}  // namespace tidemill
