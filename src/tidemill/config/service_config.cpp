#include "tidemill/config/service_config.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "tidemill/config/field_table.h"
#include "tidemill/config/secrets.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

const ParameterValue* FindPath(const ParameterValue& tree,
                               std::string_view path) {
  const ParameterValue* found = &tree;
  while (found != nullptr) {
    const std::size_t dot = path.find('.');
    found = found->Find(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string DefaultOf(const ConfigField& field, const std::string& service) {
  constexpr std::string_view kService = "<service>";
  std::string text(field.fallback);
  const std::size_t at = text.find(kService);
  if (at != std::string::npos) text.replace(at, kService.size(), service);
  return text;
}

/// Gives the field its value; when there is none, or the value is wrong, the
/// default.
void ReadField(const ConfigField& field, const ParameterValue& tree,
               ServiceConfig& config) {
  const ParameterValue* value = FindPath(tree, field.name);
  if (value == nullptr && field.required) {
    throw ConfigError({.where = tree.where,
                       .expected = "the key '" + std::string(field.name) + "'",
                       .got = "none"});
  }
  if (!field.fallback.empty()) {
    Assign(field,
           ParseOverlayValue(DefaultOf(field, config.service),
                             config.Where(field.name)),
           config);
  }
  if (value == nullptr) return;
  Assign(field, *value, config);
  config.places.emplace(field.name, value->where);
}

/// What a name may not hold becomes '-'.
std::string HostName() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == 0) {
    return "localhost";
  }
  std::string name = std::string(buffer.data()).substr(0, 200);
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (!good) c = '-';
  }
  return name;
}

void FillComputedDefaults(ServiceConfig& config) {
  const bool exactly_once = config.delivery == DeliveryMode::kExactlyOnce;
  if (!config.places.contains("commit_interval")) {
    config.commit_interval =
        std::chrono::milliseconds(exactly_once ? 100 : 1000);
  }
  if (!config.places.contains("kafka.static_membership")) {
    config.kafka.static_membership =
        exactly_once && config.places.contains("instance");
  }
  if (!config.places.contains("instance")) config.instance = HostName();
}

void ResolvePaths(const std::filesystem::path& folder, ServiceConfig& config) {
  if (!config.model.empty()) {
    config.model = (folder / config.model).lexically_normal();
  }
  std::string& store = config.registry.store;
  if (!store.starts_with("http://") && !store.starts_with("https://")) {
    store = (folder / store).lexically_normal().string();
  }
  std::filesystem::path& last_good = config.registry.last_good;
  last_good = (folder / last_good).lexically_normal();
}

void ReadSecretFiles(const std::filesystem::path& folder, ServiceConfig& config,
                     ConfigProblems& problems) {
  for (PropertyList* list : {&config.kafka.properties, &config.kafka.consumer,
                             &config.kafka.producer}) {
    for (KafkaProperty& property : *list) {
      if (property.file.empty()) continue;
      property.file = (folder / property.file).lexically_normal();
      problems.Try([&] {
        property.value = ReadSecretFile(property.file, property.where);
      });
    }
  }
}

/// A service that reads what it writes would never end.
void CheckTopicsDiffer(const ServiceConfig& config, ConfigProblems& problems) {
  struct Topic {
    std::string_view key;
    std::string name;
  };
  const std::array<Topic, 8> topics = {{
      {"registry.topic", config.registry.topic},
      {"registry.topic", config.registry.topic + ".status"},
      {"registry.topic", config.registry.topic + ".audit"},
      {"topics.predictions", config.topics.predictions},
      {"topics.predictions", config.topics.predictions + ".shadow"},
      {"topics.events", config.topics.events},
      {"topics.dead_letters", config.topics.dead_letters},
      {"topics.outcomes", config.topics.outcomes},
  }};
  for (std::size_t i = 0; i < topics.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (topics[i].name != topics[k].name) continue;
      problems.Add(
          ConfigError({.where = config.Where(topics[i].key),
                       .expected = "a topic that " +
                                   std::string(topics[k].key) + " does not use",
                       .got = "'" + topics[i].name + "' for both"}));
    }
  }
}

/// A slow stream's window holds no more than window_events.
void CheckDrift(const ServiceConfig& config) {
  if (config.drift.min_events <= config.drift.window_events) return;
  throw ConfigError({.where = config.Where("drift.min_events"),
                     .expected = "at most drift.window_events, " +
                                 std::to_string(config.drift.window_events),
                     .got = std::to_string(config.drift.min_events)});
}

/// Whether what listens at one address keeps the other from being listened at.
bool AreOne(const HostPort& a, const HostPort& b) {
  const auto is_any = [](const HostPort& address) {
    return address.host == "0.0.0.0" || address.host == "::";
  };
  return a.port != 0 && a.port == b.port &&
         (a.host == b.host || is_any(a) || is_any(b));
}

void CheckListeners(const ServiceConfig& config) {
  if (!AreOne(config.metrics.listen, config.http.listen)) return;
  throw ConfigError({.where = config.Where("http.listen"),
                     .expected = "another port than metrics.listen, " +
                                 ToText(config.metrics.listen),
                     .got = ToText(config.http.listen)});
}

}  // namespace

std::string ServiceConfig::Where(std::string_view name) const {
  const auto place = places.find(std::string(name));
  return place != places.end() ? place->second
                               : "the default of " + std::string(name);
}

ServiceConfig ReadServiceConfig(ParameterValue tree,
                                const std::filesystem::path& folder,
                                const std::vector<std::string>& sets,
                                const Environment& environment,
                                ConfigProblems& problems) {
  const std::vector<OverlayKey> keys = ServiceOverlayKeys();
  problems.Try([&] { ApplyEnvironment(tree, environment, keys); });
  problems.Try([&] { ApplySets(tree, sets, keys); });
  problems.Try([&] { CheckKeys(tree); });
  ServiceConfig config;
  for (const ConfigField& field : ServiceFields()) {
    problems.Try([&] { ReadField(field, tree, config); });
  }
  FillComputedDefaults(config);
  ResolvePaths(folder, config);
  ReadSecretFiles(folder, config, problems);
  CheckTopicsDiffer(config, problems);
  problems.Try([&] { CheckDrift(config); });
  problems.Try([&] { CheckListeners(config); });
  return config;
}

ServiceConfig ReadServiceConfig(const ParameterValue& tree,
                                const std::filesystem::path& folder) {
  ConfigProblems problems;
  ServiceConfig config = ReadServiceConfig(tree, folder, {}, {}, problems);
  problems.Throw();
  return config;
}

ServiceConfig LoadServiceConfig(const std::filesystem::path& path,
                                const std::vector<std::string>& sets,
                                const Environment& environment) {
  ConfigProblems problems;
  ServiceConfig config = ReadServiceConfig(
      ReadYamlFile(path), path.parent_path(), sets, environment, problems);
  problems.Throw();
  return config;
}

ServiceConfig DefaultServiceConfig(std::string_view service,
                                   const std::vector<std::string>& sets) {
  ParameterValue name;
  name.value = std::string(service);
  name.where = "the service's name";
  ParameterValue tree;
  tree.value = ParameterValue::Map{{"service", std::move(name)}};
  tree.where = "the default config";
  ApplySets(tree, sets, ServiceOverlayKeys());
  return ReadServiceConfig(tree, {});
}

std::string_view ToText(DeliveryMode delivery) {
  return delivery == DeliveryMode::kExactlyOnce ? "exactly_once"
                                                : "at_least_once";
}

}  // namespace tidemill
