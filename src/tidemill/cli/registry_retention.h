#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

/// What is wrong with the cleanup.policy of a registry's topic: one that is not
/// compacted alone forgets the rollout's state by age or size. Empty when it is
/// compacted. Errors as of TopicProperty(); nullopt when we may not look.
std::optional<std::string> RetentionProblem(const KafkaSettings& settings,
                                            const std::string& topic,
                                            std::chrono::milliseconds timeout);

/// Logs it as a warning; that it could not be found out, for whatever reason,
/// for debugging only. Never throws an Error, and takes some milliseconds, two
/// seconds at most.
void WarnOfRetention(const KafkaSettings& settings, const std::string& topic);

}  // namespace tidemill
