#include "tidemill/kafka/client_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"
#include "tidemill/kafka/property_check.h"

namespace tidemill {
namespace {

std::string Where(std::string_view property) {
  return "Kafka property '" + std::string(property) + "'";
}

/// A property with one possible value, and the promise that it carries.
struct Promise {
  std::string_view property;
  bool value;
  std::string_view why;
};

constexpr Promise kPromises[] = {
    {"enable.auto.commit", false,
     "offsets are committed once their outputs are delivered"},
    {"auto.commit.enable", false,
     "offsets are committed once their outputs are delivered"},
    {"enable.auto.offset.store", false,
     "offsets are committed once their outputs are delivered"},
    {"enable.idempotence", true, "a retry must not write a record twice"},
    {"delivery.report.only.error", false,
     "an offset waits for the reports of its outputs"},
    {"enable.gapless.guarantee", false,
     "dropping what was not delivered must not end the producer"},
};

/// As librdkafka reads booleans.
bool IsSame(std::string_view text, bool value) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return value ? lower == "true" || lower == "t" || lower == "1"
               : lower == "false" || lower == "f" || lower == "0";
}

void CheckPromise(const std::string& name, const std::string& value) {
  for (const Promise& promise : kPromises) {
    if (name == promise.property && !IsSame(value, promise.value)) {
      throw ConfigError(
          {.where = Where(name),
           .expected = std::string(promise.value ? "true" : "false") + " (" +
                       std::string(promise.why) + ")",
           .got = "'" + value + "'"});
    }
  }
}

/// Who the client is stands in the settings; a property may only repeat it.
void CheckIdentity(const KafkaSettings& settings, const std::string& name,
                   const std::string& value) {
  struct Identity {
    std::string_view property;
    std::optional<std::string> value;
    std::string_view key;
  };
  const std::array<Identity, 5> identities{{
      {"bootstrap.servers", settings.bootstrap, "kafka.bootstrap"},
      {"metadata.broker.list", settings.bootstrap, "kafka.bootstrap"},
      {"group.id", settings.group, "kafka.group"},
      {"group.instance.id", settings.group_instance_id,
       "kafka.static_membership"},
      {"transactional.id", settings.transactional_id, "delivery"},
  }};
  for (const Identity& identity : identities) {
    if (name == identity.property && value != identity.value) {
      throw ConfigError({.where = Where(name),
                         .expected = "no such property, the key '" +
                                     std::string(identity.key) +
                                     "' decides here",
                         .got = "'" + value + "'"});
    }
  }
}

/// Every property that librdkafka has, from the table it prints: a name, then
/// a bar.
std::vector<std::string> PropertyNames() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const memory = open_memstream(&text, &size);
  if (memory == nullptr) return {};
  rd_kafka_conf_properties_show(memory);
  std::fclose(memory);
  const std::unique_ptr<char, FreeWith<std::free>> owner(text);
  std::vector<std::string> names;
  std::istringstream lines(std::string(text, size));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find_first_of(" |");
    if (end == 0 || end == std::string::npos) continue;
    if (line.find('|') != line.npos) names.push_back(line.substr(0, end));
  }
  return names;
}

std::string Suggestion(const std::string& name) {
  const std::string nearest = NearestName(name, PropertyNames());
  return nearest.empty() ? "" : " (did you mean '" + nearest + "'?)";
}

void SetChecked(rd_kafka_conf_t* config, const KafkaSettings& settings,
                const std::string& name, const std::string& value) {
  CheckPromise(name, value);
  CheckIdentity(settings, name, value);
  SetProperty(config, name, value);
}

void SetAll(rd_kafka_conf_t* config, const KafkaSettings& settings,
            const KafkaProperties& properties) {
  for (const auto& [name, value] : properties) {
    SetChecked(config, settings, name, value);
  }
}

}  // namespace

ConfPtr MakeConfig(const KafkaSettings& settings,
                   std::initializer_list<DefaultProperty> defaults,
                   const KafkaProperties& specific) {
  ConfPtr config(rd_kafka_conf_new());
  for (const DefaultProperty& property : defaults) {
    SetProperty(config.get(), property.name, property.value);
  }
  SetProperty(config.get(), "bootstrap.servers", settings.bootstrap);
  if (!settings.client_id.empty()) {
    SetProperty(config.get(), "client.id", settings.client_id);
  }
  SetAll(config.get(), settings, settings.common);
  SetAll(config.get(), settings, specific);
  return config;
}

void SetProperty(rd_kafka_conf_t* config, const std::string& name,
                 const std::string& value) {
  std::array<char, 512> message{};
  const rd_kafka_conf_res_t result = rd_kafka_conf_set(
      config, name.c_str(), value.c_str(), message.data(), message.size());
  if (result == RD_KAFKA_CONF_OK) return;
  throw ConfigError(Where(name) + ": " + message.data() +
                    (result == RD_KAFKA_CONF_UNKNOWN ? Suggestion(name) : ""));
}

void CheckProperty(const KafkaSettings& settings, const std::string& name,
                   const std::string& value) {
  const ConfPtr config(rd_kafka_conf_new());
  SetChecked(config.get(), settings, name, value);
}

std::string GetProperty(const rd_kafka_conf_t* config,
                        const std::string& name) {
  std::array<char, 512> value{};
  std::size_t size = value.size();
  if (rd_kafka_conf_get(config, name.c_str(), value.data(), &size) !=
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return value.data();
}

ClientPtr MakeClient(rd_kafka_type_t type, ConfPtr config) {
  std::array<char, 512> message{};
  ClientPtr client(
      rd_kafka_new(type, config.get(), message.data(), message.size()));
  if (client == nullptr) {
    throw ConfigError(std::string("Kafka properties: ") + message.data());
  }
  // The client has taken the configuration.
  static_cast<void>(config.release());
  return client;
}

}  // namespace tidemill
