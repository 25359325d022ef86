#include "tidemill/cli/registry_retention.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

constexpr std::chrono::milliseconds kTimeout{1000};

}  // namespace

std::optional<std::string> RetentionProblem(const KafkaSettings& settings,
                                            const std::string& topic,
                                            std::chrono::milliseconds timeout) {
  const auto policy = TopicProperty(settings, topic, "cleanup.policy", timeout);
  if (!policy) return std::nullopt;
  if (*policy == "compact") return "";
  return fmt::format(
      "expected cleanup.policy=compact of {}, got {}: the brokers will delete "
      "what the rollout is to remember",
      topic, *policy);
}

void WarnOfRetention(const KafkaSettings& settings, const std::string& topic) {
  try {
    const auto problem = RetentionProblem(settings, topic, kTimeout);
    if (!problem) {
      spdlog::debug("the cleanup.policy of {} may not be looked at", topic);
    } else if (!problem->empty()) {
      spdlog::warn("{}", *problem);
    }
  } catch (const Error& error) {
    spdlog::debug("the cleanup.policy of {} is not known: {}", topic,
                  error.what());
  }
}

}  // namespace tidemill
