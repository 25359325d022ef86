#pragma once

#include "tidemill/config/service_config.h"
#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

/// How a config's clients find their cluster: bootstrap and properties. Who a
/// client is, its group and ids, is added by who makes it.
KafkaSettings ClusterSettings(const ServiceConfig::Kafka& kafka);

}  // namespace tidemill
