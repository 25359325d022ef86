#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/cli/finding.h"
#include "tidemill/config/service_config.h"
#include "tidemill/scoring/loaded_model.h"

namespace tidemill {

/// Throws ConfigError when this version has not the config's delivery.
void CheckDelivery(const ServiceConfig& config);

/// What can be said of a service's config, once read, without a broker:
/// librdkafka's properties, the delivery, secrets that stand in the file, the
/// artifact store's folder.
void CheckService(const ServiceConfig& config, std::vector<Finding>& findings);

/// The config's model, loaded and verified; nullptr, and why, when it cannot be
/// or is larger than `most` bytes.
LoadedModelPtr CheckModel(const ServiceConfig& config, std::uintmax_t most,
                          std::vector<Finding>& findings);

}  // namespace tidemill
