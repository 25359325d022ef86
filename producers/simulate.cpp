#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "producers/commands.h"
#include "producers/publishing.h"
#include "tidemill/cli/option_checks.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"

namespace tidemill {
namespace {

constexpr std::uint64_t kDefaultRows = 10'000;
/// Events a second; more than any broker takes.
constexpr double kMaxRate = 1e9;
const std::string kName = "simulate";

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

/// Runs `write`; a failure of the stream gets its place and cause.
std::uint64_t WriteTo(const std::string& place,
                      const std::function<std::uint64_t()>& write) {
  errno = 0;
  try {
    return write();
  } catch (const IoError&) {
    FailToWrite(place);
  }
}

std::uint64_t WriteFile(
    const std::string& path,
    const std::function<std::uint64_t(std::ostream&)>& write) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  if (!file) {
    throw IoError({.where = path,
                   .expected = "a file that can be written",
                   .got = std::strerror(errno)});
  }
  try {
    return WriteTo(path, [&] { return write(file); });
  } catch (...) {
    RemovePartialFile(path);
    throw;
  }
}

int WriteToFile(const SimulateArguments& arguments, Simulator& simulator) {
  const bool csv = arguments.format.empty() ? arguments.output.ends_with(".csv")
                                            : arguments.format == "csv";
  if (csv && arguments.poison > 0.0) {
    throw UsageError({.where = "--poison",
                      .expected = "JSON lines as the format",
                      .got = "CSV, which cannot hold broken events"});
  }
  const auto write = [&](std::ostream& out) {
    return WriteRows(simulator, arguments.count.value_or(kDefaultRows), out,
                     csv ? RowFormat::kCsv : RowFormat::kJsonLines,
                     arguments.labels.value_or(true), &stop_asked);
  };
  StopInOrderOnSignals();
  const bool to_file = arguments.output != "-";
  const std::string place =
      to_file ? arguments.output : std::string(kStandardOutput);
  const std::uint64_t rows =
      to_file ? WriteFile(place, write)
              : WriteTo(place, [&] { return write(std::cout); });
  Summarise(kName,
            fmt::format("{} {} rows to {}", rows, arguments.service, place));
  return 0;
}

int PublishToKafka(const SimulateArguments& arguments, Simulator& simulator) {
  KafkaSettings settings;
  settings.bootstrap = arguments.bootstrap;
  settings.client_id = "tidemill-simulate";
  const std::string topic =
      arguments.topic.empty() ? arguments.service + ".events" : arguments.topic;
  RequireTopic(settings, topic);
  StopInOrderOnSignals();

  KafkaSink sink(settings, nullptr, PrintErrors(kName));
  const SystemClock clock;
  const PublishOptions options{.topic = sink.OpenTopic(topic),
                               .rate = arguments.rate,
                               .count = arguments.count,
                               .with_truth = arguments.labels.value_or(false),
                               .stop = &stop_asked};
  const PublishSummary done = Publish(simulator, options, sink, clock);
  const double seconds = done.elapsed.count();
  Summarise(
      kName,
      fmt::format(
          "{} events delivered to {} in {:.1f} s ({:.0f}/s), {} "
          "failed, {} unconfirmed, {} poisoned",
          done.delivered, topic, seconds,
          seconds > 0.0 ? static_cast<double>(done.delivered) / seconds : 0.0,
          done.failed, done.unconfirmed, done.poisoned));
  RequireAllDelivered(topic, done);
  return 0;
}

int Simulate(const SimulateArguments& arguments) {
  const auto simulator =
      MakeSimulator(arguments.service, ReadOptions(arguments));
  return arguments.output.empty() ? PublishToKafka(arguments, *simulator)
                                  : WriteToFile(arguments, *simulator);
}

}  // namespace

void AddSimulateCommand(CLI::App& app, std::function<int()>& run) {
  const auto arguments = std::make_shared<SimulateArguments>();
  SimulateArguments& a = *arguments;
  CLI::App* command = app.add_subcommand(
      "simulate", "Make realistic events, to a topic or a file");
  command->add_option("SERVICE", a.service, "churn or taxi")
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
      ->check(BrokerAddresses())
      ->excludes(output);
  command->add_option("--topic", a.topic, "Default: <service>.events")
      ->check(TopicName())
      ->excludes(output);
  command
      ->add_option("--rate", a.rate,
                   "Events per second; 0, the default: as fast as possible")
      ->check(NumberBetween(0.0, kMaxRate))
      ->excludes(output);

  command
      ->add_option("--count", a.count,
                   "Events; default: endless to a topic, 10000 to a file")
      ->check(WholeNumberUpTo(std::numeric_limits<std::uint64_t>::max()));
  command->add_option("--seed", a.seed, "Same seed, same events")
      ->check(WholeNumberUpTo(std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command->add_option("--start", a.start,
                      "Clock of the first taxi ride; default: 2019-03-01");
  command
      ->add_option(
          "--drift", a.drifts,
          "FIELD=CHANGE[@N], from event N on; repeatable. CHANGE is +X, -X, "
          "+X%, -X%, *X,\nmissing:SHARE or value:TEXT:SHARE. The fields "
          "churn_odds (churn) and traffic (taxi)\nmove the truth alone")
      ->expected(1)
      ->take_all();
  command->add_option("--poison", a.poison, "Share of broken events, 0 to 1")
      ->check(NumberBetween(0.0, 1.0))
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
