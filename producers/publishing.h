#pragma once

#include <atomic>
#include <string>

#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/simulation/publisher.h"

namespace tidemill {

/// What the commands share that send a stream of events.

/// Becomes true at SIGINT or SIGTERM once StopInOrderOnSignals() was called;
/// the second signal ends the process at once.
extern std::atomic<bool> stop_asked;
void StopInOrderOnSignals();

/// Throws UnavailableError unless a broker answers and has the topic.
void RequireTopic(const KafkaSettings& settings, const std::string& topic);

/// Waits some seconds for a topic that is still being created, and says so as
/// `command`; then RequireTopic().
void AwaitTopic(const std::string& command, const KafkaSettings& settings,
                const std::string& topic);

/// Prints the client's errors as lines of `command`, one per new error:
/// librdkafka repeats itself while a broker is away.
KafkaEvents PrintErrors(const std::string& command);

/// Throws UnavailableError unless all that was sent is confirmed, whether the
/// stream was stopped or came to its end.
void RequireAllDelivered(const std::string& topic, const PublishSummary& done);

/// "COMMAND: WHAT" on standard error.
void Summarise(const std::string& command, const std::string& what);

}  // namespace tidemill
