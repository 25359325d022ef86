#include "tidemill/cli/service_check.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "tidemill/cli/cluster_settings.h"
#include "tidemill/config/secrets.h"
#include "tidemill/kafka/property_check.h"

namespace tidemill {
namespace {

/// As a worker's clients would have them.
KafkaSettings MemberSettings(const ServiceConfig& config) {
  KafkaSettings settings = ClusterSettings(config.kafka);
  settings.group = config.kafka.group;
  if (config.kafka.static_membership) {
    settings.group_instance_id = config.instance + "-0";
  }
  return settings;
}

void CheckProperties(const KafkaSettings& settings,
                     const PropertyList& properties,
                     std::vector<Finding>& findings) {
  for (const KafkaProperty& property : properties) {
    if (findings.size() >= ConfigProblems::kMost) return;
    try {
      CheckProperty(settings, property.name, property.value);
    } catch (const ConfigError& error) {
      findings.push_back({.where = property.where, .message = error.what()});
      continue;
    }
    const bool in_config =
        property.file.empty() && SplitPlace(property.where).line > 0;
    if (in_config && IsSecretProperty(property.name)) {
      AddWarning(property.where,
                 fmt::format("a secret in the config itself; {}_file names a "
                             "file that holds it",
                             property.name),
                 findings);
    }
  }
}

void CheckStore(const ServiceConfig& config, std::vector<Finding>& findings) {
  const std::string& store = config.registry.store;
  std::error_code ignored;
  if (store.find("://") != std::string::npos ||
      std::filesystem::is_directory(store, ignored)) {
    return;
  }
  AddWarning(
      config.Where("registry.store"),
      fmt::format("no folder {}: serve is not ready until it is there", store),
      findings);
}

}  // namespace

void CheckDelivery(const ServiceConfig& config) {
  if (config.delivery == DeliveryMode::kAtLeastOnce) return;
  throw ConfigError({.where = config.Where("delivery"),
                     .expected = "at_least_once (this version has no other)",
                     .got = std::string(ToText(config.delivery))});
}

void CheckService(const ServiceConfig& config, std::vector<Finding>& findings) {
  ConfigProblems problems;
  problems.Try([&] { CheckDelivery(config); });
  AddErrors(problems, findings);
  const KafkaSettings settings = MemberSettings(config);
  for (const PropertyList* list :
       {&config.kafka.properties, &config.kafka.consumer,
        &config.kafka.producer}) {
    CheckProperties(settings, *list, findings);
  }
  if (config.model.empty()) CheckStore(config, findings);
}

LoadedModelPtr CheckModel(const ServiceConfig& config, std::uintmax_t most,
                          std::vector<Finding>& findings) {
  if (config.model.empty()) return nullptr;
  const std::string where = config.Where("model");
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(config.model, unknown);
  if (!unknown && size > most) {
    AddWarning(where,
               fmt::format("{} has {} bytes, too many to be looked at in "
                           "passing: --load does",
                           config.model.string(), size),
               findings);
    return nullptr;
  }
  try {
    return LoadArtifactFile(config.model.string(), 0);
  } catch (const Error& error) {
    findings.push_back({.where = where, .message = error.what()});
    return nullptr;
  }
}

}  // namespace tidemill
