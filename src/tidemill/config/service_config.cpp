#include "tidemill/config/service_config.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "tidemill/config/field_table.h"
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

/// A service that reads what it writes would never end.
void CheckTopicsDiffer(const ServiceConfig& config) {
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
      throw ConfigError(
          {.where = config.Where(topics[i].key),
           .expected =
               "a topic that " + std::string(topics[k].key) + " does not use",
           .got = "'" + topics[i].name + "' for both"});
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

/// The key of `name`, indented, below the names of the sections that it is the
/// first in; `above` is the name before it.
void BeginLine(std::string_view above, std::string_view name,
               std::string& text) {
  std::string indent;
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', begin)) {
    if (!above.starts_with(name.substr(0, dot + 1))) {
      text.append(indent).append(name.substr(begin, dot - begin)) += ":\n";
    }
    indent += "  ";
    begin = dot + 1;
  }
  text.append(indent).append(name.substr(begin));
}

}  // namespace

std::string ServiceConfig::Where(std::string_view name) const {
  const auto place = places.find(std::string(name));
  return place != places.end() ? place->second
                               : "the default of " + std::string(name);
}

ServiceConfig ReadServiceConfig(const ParameterValue& tree,
                                const std::filesystem::path& folder) {
  CheckKeys(tree);
  ServiceConfig config;
  for (const ConfigField& field : ServiceFields()) {
    if (const ParameterValue* value = FindPath(tree, field.name)) {
      Assign(field, *value, config);
      config.places.emplace(field.name, value->where);
    } else if (field.required) {
      throw ConfigError(
          {.where = tree.where,
           .expected = "the key '" + std::string(field.name) + "'",
           .got = "none"});
    } else if (!field.fallback.empty()) {
      Assign(field,
             ParseOverlayValue(DefaultOf(field, config.service),
                               config.Where(field.name)),
             config);
    }
  }
  FillComputedDefaults(config);
  ResolvePaths(folder, config);
  CheckTopicsDiffer(config);
  CheckDrift(config);
  return config;
}

ServiceConfig LoadServiceConfig(const std::filesystem::path& path,
                                const std::vector<std::string>& sets,
                                const Environment& environment) {
  ParameterValue tree = ReadYamlFile(path);
  const std::vector<OverlayKey> keys = ServiceOverlayKeys();
  ApplyEnvironment(tree, environment, keys);
  ApplySets(tree, sets, keys);
  return ReadServiceConfig(tree, path.parent_path());
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

std::string ToText(const ServiceConfig& config) {
  std::string text;
  std::string_view above;
  for (const ConfigField& field : ServiceFields()) {
    BeginLine(above, field.name, text);
    above = field.name;
    const auto place = config.places.find(std::string(field.name));
    text += ": " + Print(field, config) + "  # " +
            (place == config.places.end() ? "default" : place->second) + "\n";
  }
  return text;
}

std::string_view ToText(DeliveryMode delivery) {
  return delivery == DeliveryMode::kExactlyOnce ? "exactly_once"
                                                : "at_least_once";
}

}  // namespace tidemill
