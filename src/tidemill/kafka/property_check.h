#pragma once

#include <string>

#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

/// Throws ConfigError when a client with these settings would refuse the
/// property: librdkafka does not know it (names the nearest) or not the value,
/// or it breaks one of our promises. Makes no client. Properties that are fine
/// alone but do not go together only a client finds.
void CheckProperty(const KafkaSettings& settings, const std::string& name,
                   const std::string& value);

}  // namespace tidemill
