#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "consumers/commands.h"
#include "consumers/demo_display.h"
#include "consumers/demo_drift.h"
#include "consumers/demo_rollout.h"
#include "consumers/scorer_process.h"
#include "consumers/stop_signals.h"
#include "consumers/topic_watcher.h"
#include "tidemill/cli/logging.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/cli/progress_display.h"
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
constexpr std::size_t kFolds = 5;
constexpr double kEventsPerSecond = 500.0;
constexpr double kPoisonRate = 0.01;
/// For the whole story: a canary, its promotion, a bad one and its end, drift.
constexpr int kSecondsForAll = 20;
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

/// An address of this machine that no other program has taken.
std::string ListenSetting(const std::string& key) {
  return key + ".listen=127.0.0.1:0";
}

/// Where the demo's artifacts lie while it runs.
class DemoFolder {
 public:
  DemoFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "tidemill-demo-XXXXXX")
            .string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw IoError({.where = name,
                     .expected = "a folder that can be made",
                     .got = std::strerror(errno)});
    }
    path_ = name;
  }
  ~DemoFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;

  std::string Setting(const std::string& key, const char* name) const {
    return key + "=" + (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

/// The service as `serve` would run it, but for the addresses.
ServiceConfig ConfigOf(const std::string& service, const std::string& bootstrap,
                       const DemoFolder& folder) {
  std::vector<std::string> settings = DemoDrift::Settings();
  settings.insert(settings.end(),
                  {"kafka.bootstrap=" + bootstrap,
                   folder.Setting("registry.store", "artifacts"),
                   folder.Setting("registry.last_good", "last-good"),
                   // One member: a second that joins a moment later would cost
                   // the broker inside a session timeout.
                   "workers=1",
                   // The broker inside answers an empty fetch only after this.
                   "kafka.consumer.fetch.wait.max.ms=10",
                   ListenSetting("metrics"), ListenSetting("http")});
  return DefaultServiceConfig(service, settings);
}

/// How to call this program again from the working folder.
std::string ProgramPath() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = std::filesystem::current_path(error);
  const std::string near = program.lexically_proximate(folder).string();
  return error || near.starts_with("..") ? program.string() : near;
}

/// Sends events from a thread of its own until stopped.
class Stream {
 public:
  Stream(const std::string& bootstrap, const ServiceConfig& config,
         const std::string& drift) {
    KafkaSettings settings;
    settings.bootstrap = bootstrap;
    settings.client_id = "tidemill-demo-producer";
    sink_ = std::make_unique<KafkaSink>(settings, nullptr, KafkaEvents{});
    SimulatorOptions simulation;
    simulation.seed = 2;  // other events than those it was trained on
    simulation.poison_rate = kPoisonRate;
    simulation.drifts = {drift};
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

/// The story, step by step.
class Demo {
 public:
  explicit Demo(const Options& options)
      : options_(options),
        config_(ConfigOf(options.service, Bootstrap(), folder_)),
        drift_(options.service, options.seconds, kEventsPerSecond) {}

  int Run() {
    const bool terminal = !options_.headless && ::isatty(STDOUT_FILENO) == 1;
    PrintStart();
    // Everybody joins their group while training runs.
    ScorerProcess scorer(config_);
    TopicWatcher predictions(broker_.bootstrap(), config_.topics.predictions,
                             5);
    TopicWatcher dead_letters(broker_.bootstrap(), config_.topics.dead_letters,
                              1);
    Stream stream(broker_.bootstrap(), config_, drift_.spec());
    fmt::print(
        "status    http://127.0.0.1:{1}/   (a page to look at)\n"
        "metrics   http://127.0.0.1:{0}/metrics   (or: {2} top "
        "127.0.0.1:{0})\n"
        "health    http://127.0.0.1:{1}/v2/health/ready\n",
        scorer.metrics_port(), scorer.http_port(), ProgramPath());
    const TrainingResult trained_model = [&] {
      const StopSignalsEndProcess no_waiting;
      return Train();
    }();
    const SteadyTime trained = std::chrono::steady_clock::now();
    DemoRollout rollout(config_, options_.seconds);
    rollout.DeployFirst(trained_model.artifact);
    AwaitReady(scorer);
    stream.Start();
    rollout.TrainOthers();
    fmt::print(
        "\nscoring {:.0f} events a second, one in a hundred of them "
        "broken, for {} s\n",
        kEventsPerSecond, options_.seconds);
    Watch(terminal, trained, scorer, stream, predictions, dead_letters,
          rollout);
    const PublishSummary sent = stream.Stop();
    DemoFigures figures = Settle(sent, scorer, predictions, dead_letters);
    const int failure = scorer.Stop();
    figures.scorer = TakeSnapshot(scorer.metrics());
    PrintSummary(sent, figures, predictions, trained);
    PrintStory(rollout);
    if (failure != 0) return failure;
    return static_cast<int>(AddsUp(sent, figures) && ToldWhole(rollout)
                                ? ExitCode::kDone
                                : ExitCode::kAnswerIsNo);
  }

 private:
  std::string Bootstrap() {
    for (const char* topic :
         {".events", ".predictions", ".dead-letters", ".predictions.shadow"}) {
      broker_.CreateTopic(options_.service + topic, kPartitions);
    }
    for (const char* topic : {"", ".status", ".audit"}) {
      broker_.CreateTopic(std::string("tidemill.registry") + topic, 1);
    }
    return broker_.bootstrap();
  }

  void PrintStart() const {
    fmt::print(
        "tidemill demo: {}, on a broker inside this process ({})\n"
        "topics    {} -> {}, broken events to {}\n",
        options_.service, broker_.bootstrap(), config_.topics.events,
        config_.topics.predictions, config_.topics.dead_letters);
    FlushStandardOutput();
  }

  TrainingResult Train() const {
    const DemoTraining training{.folds = kFolds, .drifts = {}};
    fmt::print("\ntraining on {} simulated rows, {} times to cross-validate\n",
               training.rows, kFolds);
    FlushStandardOutput();
    const SystemClock clock;
    const std::unique_ptr<Progress> progress = MakeProgress(clock);
    TrainingResult trained =
        TrainDemoModel(options_.service, training, *progress);
    fmt::print("{}", ToTable(trained.report));
    return trained;
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
             const TopicWatcher& dead_letters, DemoRollout& rollout) {
    DemoDisplay display(terminal);
    DemoFigures figures;
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
      for (const std::string& line : rollout.Play(figures.seconds)) {
        display.Tell(figures.seconds, line);
      }
      for (const std::string& line :
           drift_.Play(figures.seconds, scorer.metrics().drift()->Read(),
                       rollout.champion())) {
        display.Tell(figures.seconds, line);
      }
      display.Show(figures, predictions.last());
      FlushStandardOutput();
    }
    stopped_early_ = figures.seconds < options_.seconds;
  }

  static bool AddsUp(const PublishSummary& sent, const DemoFigures& figures) {
    return sent.sent == sent.delivered && sent.failed == 0 &&
           sent.delivered == figures.predictions + figures.dead_letters &&
           figures.predictions == figures.scorer.scored &&
           figures.dead_letters == figures.scorer.dead_letters;
  }

  /// Waits for the last events to come out, not longer than kSettle.
  static DemoFigures Settle(const PublishSummary& sent,
                            const ScorerProcess& scorer,
                            const TopicWatcher& predictions,
                            const TopicWatcher& dead_letters) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + kSettle;
    DemoFigures figures;
    do {
      figures.predictions = predictions.count();
      figures.dead_letters = dead_letters.count();
      figures.scorer = TakeSnapshot(scorer.metrics());
    } while (!AddsUp(sent, figures) && !scorer.failed() &&
             std::chrono::steady_clock::now() < deadline &&
             !StopSignalWithin(milliseconds(50)));
    return figures;
  }

  void PrintSummary(const PublishSummary& sent, const DemoFigures& figures,
                    const TopicWatcher& predictions, SteadyTime trained) const {
    fmt::print("\nsent {} = scored {} + dead letters {}: {}\n", sent.delivered,
               figures.predictions, figures.dead_letters,
               AddsUp(sent, figures) ? "the counts add up"
                                     : "THE COUNTS DO NOT ADD UP");
    fmt::print("the scorer's own metrics say: scored {}, dead letters {}\n",
               figures.scorer.scored, figures.scorer.dead_letters);
    fmt::print("event to acknowledged prediction: p50 {}, p99 {}\n",
               MillisecondsText(figures.scorer.latency_p50),
               MillisecondsText(figures.scorer.latency_p99));
    if (const auto first = predictions.first_time()) {
      fmt::print("first prediction {:.2f} s after training ended\n",
                 Seconds(*first - trained).count());
    }
    for (const auto& [model, count] : predictions.by_model()) {
      fmt::print("  {:<12} answered {:>8}\n", model, count);
    }
    fmt::print(
        "\ntry next\n"
        "  {1} simulate {0} --count 20000 --output {0}.jsonl\n"
        "  {1} train config/{0}.train.yaml --data {0}.jsonl --out model.bin\n"
        "  {1} simulate {0} --count 5 --no-labels --output - | {1} score "
        "model.bin\n",
        options_.service, ProgramPath());
    FlushStandardOutput();
  }

  void PrintStory(const DemoRollout& rollout) const {
    const bool finished = rollout.finished() || IsCutShort();
    fmt::print("champion at the end: {}{}\n", rollout.champion(),
               finished ? "" : "; THE ROLLOUT DID NOT COME TO ITS END");
    if (!IsCutShort()) fmt::print("{}\n", drift_.Summary());
  }

  /// A short demo has no time for all of it, nor has one that is stopped.
  bool IsCutShort() const {
    return options_.seconds < kSecondsForAll || stopped_early_;
  }
  bool ToldWhole(const DemoRollout& rollout) const {
    return IsCutShort() || (rollout.finished() && drift_.told());
  }

  Options options_;
  bool stopped_early_ = false;
  DemoFolder folder_;
  MockBroker broker_;
  ServiceConfig config_;
  DemoDrift drift_;
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
      "The whole story with nothing installed: train, simulate and score on "
      "a broker of its own");
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
