#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/registry_contents.h"
#include "producers/registry_history.h"
#include "producers/registry_verbs.h"
#include "tidemill/cli/one_line.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/registry_retention.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/kafka/kafka_log.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// How soon a signal is seen.
constexpr milliseconds kPoll{200};
/// How long a broker may take to answer before it counts as away.
constexpr milliseconds kPatience{1000};
constexpr double kMaxSeconds = 1e9;

struct WatchArguments {
  SharedRegistryOptions target;
  std::optional<double> seconds;
};

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// The first signal ends it in order, a second one at once.
extern "C" void StopWatching(int signal_number) {
  stop_asked = true;
  std::signal(signal_number, SIG_DFL);
}

/// What a record says, without its time; empty when it is none of the
/// service's.
std::string Describe(const LogRecord& record, const RegistryTarget& target) {
  const std::string bytes = record.value.value_or("");
  try {
    if (record.topic == target.topics.audit) {
      const AuditRecord audit = ParseAuditRecord(bytes).message;
      return IsOf(audit, target.service) ? "audit " + AuditText(audit) : "";
    }
    if (record.topic == target.topics.status) {
      const InstanceStatus status = ParseInstanceStatus(bytes).message;
      return status.service == target.service ? "status " + StatusText(status)
                                              : "";
    }
    if (record.key == target.service) {
      const RegistryState state =
          ParseRegistryState(bytes, target.service).message;
      return fmt::format("state sequence {}: {}", state.sequence,
                         RolesText(state));
    }
    const VersionRecord version = ParseVersionRecord(bytes).message;
    return version.service == target.service
               ? "version " + ToText(version.artifact.model)
               : "";
  } catch (const MessageError& error) {
    // Whose it is cannot be known.
    return fmt::format("ignored {}/{}: {}", record.topic, record.offset,
                       error.what());
  }
}

/// A record's timestamp may be anything.
std::string TimeText(std::int64_t timestamp_ms) {
  constexpr std::int64_t kLastMs = 253'402'300'799'000;  // the end of 9999
  return UtcText(std::clamp<std::int64_t>(timestamp_ms, 0, kLastMs) * 1000);
}

void PrintRecord(const LogRecord& record, const RegistryTarget& target,
                 bool json) {
  const std::string text = Describe(record, target);
  if (text.empty()) return;
  if (!json) {
    Print(TimeText(record.timestamp_ms) + " " + OneLine(text) + "\n");
    return;
  }
  // The value as it is, unless it is no JSON.
  const std::string value = record.value.value_or("null");
  OrderedJson message = OrderedJson::parse(value, nullptr, false);
  if (message.is_discarded()) message = nullptr;
  PrintJson({{"time", TimeText(record.timestamp_ms)},
             {"topic", record.topic},
             {"offset", record.offset},
             {"key", record.key.value_or("")},
             {"text", text},
             {"message", std::move(message)}});
}

/// Keeps the record that is the current state, of those that were there before
/// watching began.
class CurrentState {
 public:
  void Add(LogRecord record, const RegistryTarget& target) {
    if (record.topic != target.topics.state) return;
    const std::uint64_t before = view_.sequence();
    AddToView(record, target.service, view_);
    if (view_.sequence() > before) record_ = std::move(record);
  }
  void Print(const RegistryTarget& target, bool json) const {
    if (record_) {
      PrintRecord(*record_, target, json);
    } else if (!json) {
      tidemill::Print(fmt::format("{}: no state of {}\n", target.topics.state,
                                  target.service));
    }
  }

 private:
  RegistryView view_;
  std::optional<LogRecord> record_;
};

/// librdkafka repeats itself while a broker is away: one line per new error.
class ErrorPrinter {
 public:
  void Say(const std::string& text) {
    if (text == last_) return;
    last_ = text;
    std::fprintf(stderr, "watch: %s\n", OneLine(text).c_str());
  }
  KafkaEvents Events() {
    return {.on_error =
                [this](std::string_view code, std::string_view message) {
                  Say(fmt::format("{}: {}", code, message));
                },
            .on_log = {},
            .on_rebalance = {}};
  }

 private:
  std::string last_;
};

/// True once the topics are there; it goes on without a broker.
bool TryEnsureTopics(const RegistryTarget& target, ErrorPrinter& errors) {
  try {
    EnsureRegistryTopics(target.kafka, target.topics.state,
                         target.topics.status, target.topics.audit, kPatience);
    WarnOfRetention(target.kafka, target.topics.state);
    return true;
  } catch (const UnavailableError& error) {
    errors.Say(error.what());
    return false;
  }
}

int Watch(const WatchArguments& arguments) {
  const RegistryTarget target = ResolveTarget(*arguments.target);
  std::signal(SIGINT, StopWatching);
  std::signal(SIGTERM, StopWatching);
  ErrorPrinter errors;
  KafkaLogReader reader(
      target.kafka,
      {target.topics.state, target.topics.status, target.topics.audit},
      errors.Events());
  bool topics_exist = false;
  const SystemClock clock;
  const SteadyTime start = clock.Steady();
  const auto over = [&] {
    const std::chrono::duration<double> passed = clock.Steady() - start;
    return stop_asked ||
           (arguments.seconds && passed.count() >= *arguments.seconds);
  };
  const bool json = arguments.target->json;
  CurrentState current;
  bool current_shown = false;
  while (!over()) {
    topics_exist = topics_exist || TryEnsureTopics(target, errors);
    for (LogRecord& record : reader.Poll(kPoll)) {
      if (current_shown) {
        PrintRecord(record, target, json);
      } else {
        current.Add(std::move(record), target);
      }
    }
    if (reader.at_end() && !current_shown) {
      current_shown = true;
      current.Print(target, json);
    }
  }
  return 0;
}

}  // namespace

void AddRegistryWatch(CLI::App& registry, const SharedRegistryOptions& shared,
                      std::function<int()>& run) {
  const auto arguments = std::make_shared<WatchArguments>();
  arguments->target = shared;
  CLI::App* verb = registry.add_subcommand(
      "watch", "Prints state, status and audit records as they come");
  AddConfigArgument(*verb, *shared);
  AddRegistryOptions(*verb, *shared);
  verb->add_option("--seconds", arguments->seconds,
                   "How long; default: until SIGINT or SIGTERM")
      ->check(NumberBetween(0.0, kMaxSeconds));
  verb->callback(
      [arguments, &run] { run = [arguments] { return Watch(*arguments); }; });
}

}  // namespace tidemill
