#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/commands.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/kafka/topics.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"

namespace tidemill {
namespace {

constexpr std::uint64_t kDefaultRows = 10'000;
constexpr std::chrono::seconds kBrokerTimeout{10};

struct SimulateArguments {
  std::string service;
  std::string bootstrap = "127.0.0.1:9092";
  std::string topic;
  std::optional<double> rate;
  std::optional<std::uint64_t> count;
  std::uint64_t seed = SimulatorOptions{}.seed;
  std::string start;
  std::vector<std::string> drifts;
  double poison = 0.0;
  std::string output;
  std::string format;
  std::optional<bool> labels;
};

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// The first signal ends the stream in order, a second one at once.
extern "C" void AskToStop(int signal_number) {
  stop_asked = true;
  std::signal(signal_number, SIG_DFL);
}

SimulatorOptions ReadOptions(const SimulateArguments& arguments) {
  SimulatorOptions options;
  options.seed = arguments.seed;
  options.drifts = arguments.drifts;
  options.poison_rate = arguments.poison;
  if (!arguments.start.empty()) {
    const auto start = ParseTimestamp(arguments.start);
    if (!start) {
      throw UsageError({.where = "--start",
                        .expected = "a date and time such as 2019-03-01 06:00",
                        .got = fmt::format("'{}'", arguments.start)});
    }
    options.start =
        std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(
            std::chrono::microseconds(start->local_us())));
  }
  return options;
}

void Summarise(std::string_view what) {
  fmt::print(stderr, "simulate: {}\n", what);
}

int WriteToFile(const SimulateArguments& arguments, Simulator& simulator) {
  const bool csv = arguments.format.empty() ? arguments.output.ends_with(".csv")
                                            : arguments.format == "csv";
  std::ofstream file;
  const bool to_file = arguments.output != "-";
  if (to_file) {
    file.open(arguments.output, std::ios::binary);
    if (!file) {
      throw IoError({.where = "--output " + arguments.output,
                     .expected = "a file that can be written",
                     .got = std::strerror(errno)});
    }
  }
  const std::uint64_t rows = WriteRows(
      simulator, arguments.count.value_or(kDefaultRows),
      to_file ? file : std::cout, csv ? RowFormat::kCsv : RowFormat::kJsonLines,
      arguments.labels.value_or(true), &stop_asked);
  Summarise(fmt::format("{} {} rows to {}", rows, arguments.service,
                        to_file ? arguments.output : "standard output"));
  return 0;
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

/// librdkafka repeats itself while a broker is away: one line per new error.
KafkaEvents PrintErrors() {
  return {.on_error =
              [last = std::string()](std::string_view code,
                                     std::string_view message) mutable {
                if (code == last) return;
                last = code;
                Summarise(fmt::format("{}: {}", code, message));
              },
          .on_log = {},
          .on_rebalance = {}};
}

int PublishToKafka(const SimulateArguments& arguments, Simulator& simulator) {
  KafkaSettings settings;
  settings.bootstrap = arguments.bootstrap;
  settings.client_id = "tidemill-simulate";
  const std::string topic =
      arguments.topic.empty() ? arguments.service + ".events" : arguments.topic;
  RequireTopic(settings, topic);

  KafkaSink sink(settings, nullptr, PrintErrors());
  const SystemClock clock;
  const PublishOptions options{.topic = sink.OpenTopic(topic),
                               .rate = arguments.rate,
                               .count = arguments.count,
                               .with_truth = arguments.labels.value_or(false),
                               .stop = &stop_asked};
  const PublishSummary done = Publish(simulator, options, sink, clock);
  const double seconds = done.elapsed.count();
  Summarise(fmt::format(
      "{} events to {} in {:.1f} s ({:.0f}/s): {} delivered, {} failed, {} "
      "unconfirmed, {} poisoned",
      done.sent, topic, seconds,
      seconds > 0.0 ? static_cast<double>(done.sent) / seconds : 0.0,
      done.delivered, done.failed, done.unconfirmed, done.poisoned));
  if (!stop_asked && done.failed + done.unconfirmed > 0) {
    throw UnavailableError({.where = "topic " + topic,
                            .expected = "every event delivered",
                            .got = fmt::format("{} failed and {} unconfirmed",
                                               done.failed, done.unconfirmed)});
  }
  return 0;
}

int Simulate(const SimulateArguments& arguments) {
  const auto simulator =
      MakeSimulator(arguments.service, ReadOptions(arguments));
  std::signal(SIGINT, AskToStop);
  std::signal(SIGTERM, AskToStop);
  return arguments.output.empty() ? PublishToKafka(arguments, *simulator)
                                  : WriteToFile(arguments, *simulator);
}

}  // namespace

void AddSimulateCommand(CLI::App& app, std::function<int()>& run) {
  const auto arguments = std::make_shared<SimulateArguments>();
  SimulateArguments& a = *arguments;
  CLI::App* command = app.add_subcommand(
      "simulate", "Make realistic events, to a topic or a file");
  command->add_option("service", a.service, "churn or taxi")
      ->required()
      ->check(CLI::IsMember({"churn", "taxi"}));

  CLI::Option* output =
      command->add_option("--output", a.output,
                          "Write rows to this file instead ('-': standard "
                          "output)");
  command
      ->add_option("--format", a.format,
                   "jsonl or csv; default: csv when the file's name ends so")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->needs(output);

  command->add_option("--bootstrap", a.bootstrap, "Kafka broker, HOST:PORT")
      ->capture_default_str()
      ->excludes(output);
  command->add_option("--topic", a.topic, "Default: <service>.events")
      ->excludes(output);
  command
      ->add_option("--rate", a.rate,
                   "Events per second; 0, the default: as fast as possible")
      ->check(CLI::NonNegativeNumber)
      ->excludes(output);

  command->add_option("--count", a.count,
                      "Events; default: endless to a topic, 10000 to a file");
  command->add_option("--seed", a.seed, "Same seed, same events")
      ->capture_default_str();
  command->add_option("--start", a.start,
                      "Clock of the first taxi ride; default: 2019-03-01");
  command
      ->add_option(
          "--drift", a.drifts,
          "FIELD=CHANGE[@N], from event N on; CHANGE is +X, -X, +X%, -X%, *X, "
          "missing:SHARE or value:TEXT:SHARE. The fields churn_odds (churn) "
          "and traffic (taxi) move the truth alone. Repeatable")
      ->expected(1)
      ->take_all();
  command->add_option("--poison", a.poison, "Share of broken events, 0 to 1")
      ->capture_default_str();
  command->add_flag_callback(
      "--labels", [arguments] { arguments->labels = true; },
      "With the truth in every row (default to a file)");
  command->add_flag_callback(
      "--no-labels", [arguments] { arguments->labels = false; },
      "Without the truth (default to a topic)");

  command->callback([arguments, &run] {
    run = [arguments] { return Simulate(*arguments); };
  });
}

}  // namespace tidemill
