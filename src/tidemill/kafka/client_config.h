#pragma once

#include <initializer_list>
#include <string>

#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

struct DefaultProperty {
  const char* name;
  const char* value;
};

/// Our defaults, then who the client is, then the user's `common` and
/// `specific` properties. Throws ConfigError as KafkaSettings says.
ConfPtr MakeConfig(const KafkaSettings& settings,
                   std::initializer_list<DefaultProperty> defaults,
                   const KafkaProperties& specific);

/// Throws ConfigError naming the property, with librdkafka's own message.
void SetProperty(rd_kafka_conf_t* config, const std::string& name,
                 const std::string& value);
std::string GetProperty(const rd_kafka_conf_t* config, const std::string& name);

/// Takes the configuration. Throws ConfigError when properties that are fine
/// alone do not go together.
ClientPtr MakeClient(rd_kafka_type_t type, ConfPtr config);

}  // namespace tidemill
