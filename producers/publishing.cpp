#include "producers/publishing.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

constexpr std::chrono::seconds kBrokerTimeout{5};
constexpr std::chrono::seconds kTopicPatience{10};
constexpr std::chrono::milliseconds kTopicCheck{200};

bool HasTopic(const KafkaSettings& settings, const std::string& topic) {
  const std::vector<std::string> names = {topic};
  const auto found = DescribeTopics(settings, names, kBrokerTimeout);
  return !found.empty() && found.front().exists;
}

extern "C" void AskToStop(int signal_number) {
  stop_asked = true;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void StopInOrderOnSignals() {
  std::signal(SIGINT, AskToStop);
  std::signal(SIGTERM, AskToStop);
}

void RequireTopic(const KafkaSettings& settings, const std::string& topic) {
  if (HasTopic(settings, topic)) return;
  throw UnavailableError({.where = "topic " + topic,
                          .expected = "a topic on " + settings.bootstrap +
                                      " (create it first, or name another "
                                      "with --topic)",
                          .got = "none of that name"});
}

void AwaitTopic(const std::string& command, const KafkaSettings& settings,
                const std::string& topic) {
  const SystemClock clock;
  const SteadyTime end = clock.Steady() + kTopicPatience;
  if (HasTopic(settings, topic)) return;
  Summarise(command, fmt::format("topic {} is not there yet: waiting up to {} "
                                 "s for `tidemill serve` to create it",
                                 topic, kTopicPatience.count()));
  while (clock.Steady() < end) {
    std::this_thread::sleep_for(kTopicCheck);
    if (HasTopic(settings, topic)) return;
  }
  RequireTopic(settings, topic);
}

KafkaEvents PrintErrors(const std::string& command) {
  return {.on_error =
              [command, last = std::string()](
                  std::string_view code, std::string_view message) mutable {
                if (code == last) return;
                last = code;
                Summarise(command, fmt::format("{}: {}", code, message));
              },
          .on_log = {},
          .on_rebalance = {}};
}

void RequireAllDelivered(const std::string& topic, const PublishSummary& done) {
  if (done.failed + done.unconfirmed == 0) return;
  throw UnavailableError(
      {.where = "topic " + topic,
       .expected = "every event delivered",
       .got = fmt::format("{} failed and {} unconfirmed{}", done.failed,
                          done.unconfirmed,
                          done.failure ? ": " + *done.failure : "")});
}

void Summarise(const std::string& command, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", command.c_str(), OneLine(what).c_str());
}

}  // namespace tidemill
