#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "consumers/commands.h"
#include "consumers/demo_configs.h"
#include "consumers/scorer_process.h"
#include "consumers/stop_signals.h"
#include "consumers/topic_watcher.h"
#include "tidemill/cli/logging.h"
#include "tidemill/cli/progress_display.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/mock_broker.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"
#include "tidemill/telemetry/service_snapshot.h"
#include "tidemill/training/trainer.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

constexpr std::int32_t kPartitions = 4;
constexpr std::uint64_t kTrainingRows = 20'000;
constexpr std::size_t kFolds = 5;
constexpr double kEventsPerSecond = 500.0;
constexpr double kPoisonRate = 0.01;
constexpr milliseconds kLineEvery{2000};
constexpr milliseconds kFrameEvery{500};
/// For the last events to come out when the stream has ended.
constexpr std::chrono::seconds kSettle{20};

struct Options {
  std::string service = "churn";
  int seconds = 60;
  bool headless = false;
};

double SecondsSince(SteadyTime start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

std::string Milliseconds(double seconds) {
  return std::isnan(seconds) ? "-" : fmt::format("{:.1f} ms", seconds * 1e3);
}

/// An address of this machine that no other program has taken.
std::string ListenSetting(const std::string& key) {
  return key + ".listen=127.0.0.1:0";
}

/// The service as `serve` would run it, but for the addresses.
ServiceConfig ConfigOf(const std::string& service,
                       const std::string& bootstrap) {
  return DefaultServiceConfig(
      service, {"kafka.bootstrap=" + bootstrap,
                // One member: a second that joins a moment later would cost
                // the broker inside a session timeout.
                "workers=1",
                // The broker inside answers an empty fetch only after this.
                "kafka.consumer.fetch.wait.max.ms=10", ListenSetting("metrics"),
                ListenSetting("http")});
}

/// How to call this program again from the working folder.
std::string ProgramPath() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = std::filesystem::current_path(error);
  const std::string near = program.lexically_proximate(folder).string();
  return error || near.starts_with("..") ? program.string() : near;
}

std::size_t TerminalWidth() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col > 1 ? size.ws_col : 80;
}

/// What has happened so far, seen from outside the scorer where possible.
struct Figures {
  double seconds = 0.0;
  std::uint64_t sent = 0;
  std::uint64_t predictions = 0;   ///< read back from the topic
  std::uint64_t dead_letters = 0;  ///< read back from the topic
  double rate = 0.0;               ///< predictions a second, since the last
  ServiceSnapshot scorer;          ///< what the metrics say
};

/// Shows the figures: a block that is drawn anew on a terminal, lines
/// elsewhere.
class Display {
 public:
  explicit Display(bool terminal) : terminal_(terminal) {}

  milliseconds interval() const { return terminal_ ? kFrameEvery : kLineEvery; }

  void Show(const Figures& figures, const std::vector<std::string>& last) {
    if (!terminal_) {
      fmt::print(
          "{:6.1f} s  sent {:>7}  scored {:>7}  dead letters {:>5}  "
          "{:>6.0f}/s  p50 {:>8}  p99 {:>8}\n",
          figures.seconds, figures.sent, figures.predictions,
          figures.dead_letters, figures.rate,
          Milliseconds(figures.scorer.latency_p50),
          Milliseconds(figures.scorer.latency_p99));
      if (!last.empty()) fmt::print("          {}\n", last.back());
      std::fflush(stdout);
      return;
    }
    // Back to the block's first line, each line cleared before it is written.
    if (lines_ > 0) fmt::print("\x1b[{}A", lines_);
    lines_ = 0;
    Line(fmt::format("  {:<14}{:>10.1f} s", "time", figures.seconds));
    Line(fmt::format("  {:<14}{:>10}", "sent", figures.sent));
    Line(fmt::format("  {:<14}{:>10}   {:.0f}/s", "scored", figures.predictions,
                     figures.rate));
    Line(fmt::format("  {:<14}{:>10}", "dead letters", figures.dead_letters));
    Line(fmt::format("  {:<14}{:>10}   p99 {}", "latency p50",
                     Milliseconds(figures.scorer.latency_p50),
                     Milliseconds(figures.scorer.latency_p99)));
    Line("  last predictions");
    for (const std::string& text : last) Line("    " + text);
    std::fflush(stdout);
  }

 private:
  void Line(const std::string& text) {
    // A line that wraps would spoil the count of lines to go back.
    fmt::print("\x1b[2K{}\n", text.substr(0, TerminalWidth() - 1));
    ++lines_;
  }

  bool terminal_;
  int lines_ = 0;
};

/// Sends events from a thread of its own until stopped.
class Stream {
 public:
  Stream(const std::string& bootstrap, const ServiceConfig& config) {
    KafkaSettings settings;
    settings.bootstrap = bootstrap;
    settings.client_id = "tidemill-demo-producer";
    sink_ = std::make_unique<KafkaSink>(settings, nullptr, KafkaEvents{});
    SimulatorOptions simulation;
    simulation.seed = 2;  // other events than those it was trained on
    simulation.poison_rate = kPoisonRate;
    simulator_ = MakeSimulator(config.service, simulation);
    options_.topic = sink_->OpenTopic(config.topics.events);
    options_.rate = kEventsPerSecond;
    options_.stop = &stop_;
    options_.sent = &sent_;
  }
  ~Stream() { Stop(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void Start() {
    thread_ = std::thread(
        [this] { summary_ = Publish(*simulator_, options_, *sink_, clock_); });
  }

  /// Answers what was sent in all.
  PublishSummary Stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
    return summary_;
  }

  std::uint64_t sent() const { return sent_.load(); }

 private:
  SystemClock clock_;
  std::unique_ptr<KafkaSink> sink_;
  std::unique_ptr<Simulator> simulator_;
  PublishOptions options_;
  PublishSummary summary_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::thread thread_;
};

/// Nobody reads on: there is nobody to show anything to.
void CheckOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw IoError({.where = "standard output",
                 .expected = "room to write",
                 .got = "a failed write"});
}

/// The story, step by step.
class Demo {
 public:
  explicit Demo(const Options& options)
      : options_(options), config_(ConfigOf(options.service, Bootstrap())) {}

  int Run() {
    const bool terminal = !options_.headless && ::isatty(STDOUT_FILENO) == 1;
    PrintStart();
    // Everybody joins their group while training runs.
    ScorerProcess scorer(config_);
    TopicWatcher predictions(broker_.bootstrap(), config_.topics.predictions,
                             5);
    TopicWatcher dead_letters(broker_.bootstrap(), config_.topics.dead_letters,
                              1);
    Stream stream(broker_.bootstrap(), config_);
    fmt::print(
        "metrics   http://127.0.0.1:{}/metrics\n"
        "health    http://127.0.0.1:{}/v2/health/ready\n",
        scorer.metrics_port(), scorer.http_port());
    const LoadedModelPtr model = [&] {
      const StopSignalsEndProcess no_waiting;
      return Train();
    }();
    const SteadyTime trained = std::chrono::steady_clock::now();
    scorer.SetChampion(model);
    AwaitReady(scorer);
    stream.Start();
    fmt::print(
        "\nscoring {:.0f} events a second, one in a hundred of them "
        "broken, for {} s\n",
        kEventsPerSecond, options_.seconds);
    Watch(terminal, trained, scorer, stream, predictions, dead_letters);
    const PublishSummary sent = stream.Stop();
    Figures figures = Settle(sent, scorer, predictions, dead_letters);
    const int failure = scorer.Stop();
    figures.scorer = TakeSnapshot(scorer.metrics());
    PrintSummary(sent, figures, predictions.first_time(), trained);
    if (failure != 0) return failure;
    return static_cast<int>(AddsUp(sent, figures) ? ExitCode::kDone
                                                  : ExitCode::kAnswerIsNo);
  }

 private:
  std::string Bootstrap() {
    for (const char* topic : {".events", ".predictions", ".dead-letters"}) {
      broker_.CreateTopic(options_.service + topic, kPartitions);
    }
    return broker_.bootstrap();
  }

  void PrintStart() const {
    fmt::print(
        "tidemill demo: {}, on a broker inside this process ({})\n"
        "topics    {} -> {}, broken events to {}\n",
        options_.service, broker_.bootstrap(), config_.topics.events,
        config_.topics.predictions, config_.topics.dead_letters);
    CheckOutput();
  }

  LoadedModelPtr Train() const {
    fmt::print("\ntraining on {} simulated rows, {} times to cross-validate\n",
               kTrainingRows, kFolds);
    CheckOutput();
    std::ostringstream rows;
    const auto simulator = MakeSimulator(options_.service, {});
    WriteRows(*simulator, kTrainingRows, rows, RowFormat::kJsonLines, true);
    const char* text = options_.service == "churn" ? kChurnTrainingConfig
                                                   : kTaxiTrainingConfig;
    const TrainingConfig config = ReadTrainingConfig(
        ParseYaml(text, "config/" + options_.service + ".train.yaml"));
    const SystemClock clock;
    const std::unique_ptr<Progress> progress = MakeProgress(clock);
    const TrainingResult trained = TrainModel(
        config,
        std::vector<DataFile>{{.name = "simulated", .bytes = rows.str()}},
        {.folds = kFolds}, *progress);
    fmt::print("{}", ToTable(trained.report));
    return LoadArtifact(trained.artifact, "the model just trained", 0);
  }

  /// The group's first members wait some seconds for their partitions; most
  /// of that has passed while training ran.
  static void AwaitReady(const ScorerProcess& scorer) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kSettle;
    while (!scorer.NotReadyReasons().empty() &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  }

  void Watch(bool terminal, SteadyTime start, const ScorerProcess& scorer,
             const Stream& stream, const TopicWatcher& predictions,
             const TopicWatcher& dead_letters) const {
    Display display(terminal);
    Figures figures;
    while (figures.seconds < options_.seconds && !scorer.failed() &&
           !StopSignalWithin(display.interval())) {
      const double before = figures.seconds;
      const std::uint64_t scored_before = figures.predictions;
      figures.seconds = SecondsSince(start);
      figures.sent = stream.sent();
      figures.predictions = predictions.count();
      figures.dead_letters = dead_letters.count();
      figures.rate = static_cast<double>(figures.predictions - scored_before) /
                     (figures.seconds - before);
      figures.scorer = TakeSnapshot(scorer.metrics());
      display.Show(figures, predictions.last());
      CheckOutput();
    }
  }

  static bool AddsUp(const PublishSummary& sent, const Figures& figures) {
    return sent.sent == sent.delivered && sent.failed == 0 &&
           sent.delivered == figures.predictions + figures.dead_letters &&
           figures.predictions == figures.scorer.scored &&
           figures.dead_letters == figures.scorer.dead_letters;
  }

  /// Waits for the last events to come out, not longer than kSettle.
  static Figures Settle(const PublishSummary& sent, const ScorerProcess& scorer,
                        const TopicWatcher& predictions,
                        const TopicWatcher& dead_letters) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kSettle;
    Figures figures;
    do {
      figures.predictions = predictions.count();
      figures.dead_letters = dead_letters.count();
      figures.scorer = TakeSnapshot(scorer.metrics());
    } while (!AddsUp(sent, figures) && !scorer.failed() &&
             std::chrono::steady_clock::now() < deadline &&
             !StopSignalWithin(milliseconds(50)));
    return figures;
  }

  void PrintSummary(const PublishSummary& sent, const Figures& figures,
                    std::optional<SteadyTime> first, SteadyTime trained) const {
    fmt::print("\nsent {} = scored {} + dead letters {}: {}\n", sent.delivered,
               figures.predictions, figures.dead_letters,
               AddsUp(sent, figures) ? "the counts add up"
                                     : "THE COUNTS DO NOT ADD UP");
    fmt::print("the scorer's own metrics say: scored {}, dead letters {}\n",
               figures.scorer.scored, figures.scorer.dead_letters);
    fmt::print("event to acknowledged prediction: p50 {}, p99 {}\n",
               Milliseconds(figures.scorer.latency_p50),
               Milliseconds(figures.scorer.latency_p99));
    if (first) {
      fmt::print("first prediction {:.2f} s after training ended\n",
                 Seconds(*first - trained).count());
    }
    fmt::print(
        "\ntry next\n"
        "  {1} simulate {0} --count 20000 --output {0}.jsonl\n"
        "  {1} train config/{0}.train.yaml --data {0}.jsonl --out model.bin\n"
        "  {1} simulate {0} --count 5 --no-labels --output - | {1} score "
        "model.bin\n",
        options_.service, ProgramPath());
    CheckOutput();
  }

  Options options_;
  MockBroker broker_;
  ServiceConfig config_;
};

int RunDemo(const Options& options) {
  BlockStopSignals();
  SetUpLogging("error", "text");
  return Demo(options).Run();
}

}  // namespace

void AddDemoCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "demo",
      "The whole story with nothing installed: trains, simulates and "
      "scores on a broker inside the process");
  command->add_option("--service", options->service, "churn or taxi")
      ->check(CLI::IsMember({"churn", "taxi"}))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to score")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command->add_flag("--headless", options->headless,
                    "Plain lines; exit 1 when the counts do not add up");
  command->callback(
      [options, &run] { run = [options] { return RunDemo(*options); }; });
}

}  // namespace tidemill
