#include "tidemill/cli/cluster_settings.h"

namespace tidemill {
namespace {

KafkaProperties ToPairs(const PropertyList& properties) {
  KafkaProperties pairs;
  for (const KafkaProperty& property : properties) {
    pairs.emplace_back(property.name, property.value);
  }
  return pairs;
}

}  // namespace

KafkaSettings ClusterSettings(const ServiceConfig::Kafka& kafka) {
  KafkaSettings settings;
  settings.bootstrap = kafka.bootstrap;
  settings.common = ToPairs(kafka.properties);
  settings.consumer = ToPairs(kafka.consumer);
  settings.producer = ToPairs(kafka.producer);
  return settings;
}

}  // namespace tidemill
