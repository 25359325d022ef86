#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tidemill/cli/finding.h"
#include "tidemill/config/service_config.h"

namespace tidemill {

/// A topic as the brokers have it.
struct TopicFacts {
  std::string name;
  std::int32_t partitions = 0;  ///< 0: there is no such topic
};

/// Asks the brokers for the topics of a service. A question is all it is: no
/// group is joined, no offset committed, no topic created. Throws
/// UnavailableError when there is no answer within `timeout`.
std::vector<TopicFacts> CheckCluster(const ServiceConfig& config,
                                     std::chrono::milliseconds timeout,
                                     std::vector<Finding>& findings);

}  // namespace tidemill
