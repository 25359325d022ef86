#include "producers/publishing.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tidemill/cli/one_line.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

constexpr std::chrono::seconds kBrokerTimeout{5};

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
  const std::vector<std::string> names = {topic};
  const auto found = DescribeTopics(settings, names, kBrokerTimeout);
  if (!found.empty() && found.front().exists) return;
  throw UnavailableError({.where = "topic " + topic,
                          .expected = "a topic on " + settings.bootstrap +
                                      " (create it first, or name another "
                                      "with --topic)",
                          .got = "none of that name"});
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

void Summarise(const std::string& command, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", command.c_str(), OneLine(what).c_str());
}

}  // namespace tidemill
