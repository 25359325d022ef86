#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "consumers/commands.h"
#include "consumers/stop_signals.h"
#include "consumers/top/figures.h"
#include "consumers/top/json.h"
#include "consumers/top/scrape.h"
#include "consumers/top/screen.h"
#include "consumers/top/terminal.h"
#include "tidemill/cli/output_file.h"
#include "tidemill/config/units.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastInterval{100};
constexpr milliseconds kMostInterval{3'600'000};
/// How soon an answer is seen after it came.
constexpr milliseconds kLook{50};
/// Length of "2026-11-21T".
constexpr std::size_t kDate = 11;

struct Options {
  std::vector<std::string> urls{"127.0.0.1:9464"};
  std::string interval = "2s";
  bool interval_given = false;
  bool once = false;
  bool json = false;
};

milliseconds IntervalOf(const Options& options) {
  const auto interval = ParseDuration(options.interval);
  if (!interval || *interval < kLeastInterval || *interval > kMostInterval) {
    throw UsageError({.where = "--interval",
                      .expected = "a duration from 100ms to 1h, e.g. 2s",
                      .got = "'" + options.interval + "'"});
  }
  return *interval;
}

/// "2026-11-21T17:45:02"
std::string TimeText(const Clock& clock) {
  constexpr std::size_t kToSeconds = 19;
  return UtcText(clock.Now().time_since_epoch().count()).substr(0, kToSeconds);
}

std::string Block(const TopFigures& figures, const Clock& clock) {
  std::string text =
      fmt::format("tidemill top  {}Z  {}\n", TimeText(clock), Summary(figures));
  for (const ViewLine& line : ViewLines(figures, {})) text += line.text + "\n";
  return text;
}

void Print(const std::string& text) {
  OutputFile out(stdout, kStandardOutput);
  out.Write(text);
  out.Close();
}

/// Two readings a short time apart, for rates.
int TopOnce(const std::vector<TopTarget>& targets, milliseconds interval,
            bool json) {
  const SystemClock clock;
  const std::atomic<bool> cancel{false};
  TopTracker tracker(targets);
  TopFigures figures =
      tracker.Update(ScrapeRound(targets, clock, cancel).Take());
  if (figures.sum.answering > 0) {
    std::this_thread::sleep_for(interval);
    figures = tracker.Update(ScrapeRound(targets, clock, cancel).Take());
  }
  Print(json ? TopJson(figures, clock.Now()) : Block(figures, clock));
  if (figures.sum.answering > 0) return static_cast<int>(ExitCode::kDone);
  throw UnavailableError({.where = "top",
                          .expected = "an answer from at least one instance",
                          .got = figures.instances.front().name + ": " +
                                 figures.instances.front().error});
}

/// Readings at an interval, taken while something else is done.
class Readings {
 public:
  Readings(std::vector<TopTarget> targets, milliseconds interval)
      : targets_(std::move(targets)),
        interval_(interval),
        tracker_(targets_),
        due_(clock_.Steady()) {}
  /// Gives up what is under way; that takes up to a second.
  ~Readings() { cancel_ = true; }
  Readings(const Readings&) = delete;
  Readings& operator=(const Readings&) = delete;

  /// The figures of a reading that has just ended.
  std::optional<TopFigures> Poll() {
    if (!round_ && clock_.Steady() >= due_) {
      due_ = clock_.Steady() + interval_;
      round_.emplace(targets_, clock_, cancel_);
    }
    if (!round_ || !round_->Done()) return std::nullopt;
    TopFigures figures = tracker_.Update(round_->Take());
    round_.reset();
    return figures;
  }

  /// How long nothing will come of Poll().
  milliseconds Quiet() const {
    if (round_) return kLook;
    const auto left = std::chrono::ceil<milliseconds>(due_ - clock_.Steady());
    return std::max(left, milliseconds(0));
  }

  const Clock& clock() const { return clock_; }

 private:
  SystemClock clock_;
  std::vector<TopTarget> targets_;
  milliseconds interval_;
  TopTracker tracker_;
  SteadyTime due_;
  std::atomic<bool> cancel_{false};
  std::optional<ScrapeRound> round_;
};

/// Blocks of lines, for files and pipes.
int TopLines(const std::vector<TopTarget>& targets, milliseconds interval) {
  BlockStopSignals();
  Readings readings(targets, interval);
  bool first = true;
  do {
    if (const auto figures = readings.Poll()) {
      Print((first ? "" : "\n") + Block(*figures, readings.clock()));
      first = false;
    }
  } while (!StopSignalWithin(readings.Quiet()));
  return static_cast<int>(ExitCode::kDone);
}

bool WantsColor() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

int TopOnTerminal(const std::vector<TopTarget>& targets,
                  milliseconds interval) {
  TopTerminal terminal;
  Readings readings(targets, interval);
  TopScreen screen(WantsColor());
  screen.SetTitle(
      fmt::format("tidemill top  asking {} instances", targets.size()));
  screen.Resize(terminal.size());
  terminal.Write(screen.Frame());
  while (true) {
    if (auto figures = readings.Poll()) {
      screen.SetTitle(fmt::format("tidemill top  {}Z  {}, every {}",
                                  TimeText(readings.clock()).substr(kDate),
                                  Summary(*figures), DurationText(interval)));
      screen.Show(std::move(*figures));
      terminal.Write(screen.Frame());
    }
    const TopTerminal::Input input = terminal.Wait(readings.Quiet());
    if (input.stop || !screen.Press(input.keys)) break;
    if (input.changed) screen.Resize(terminal.size());
    if (input.changed || !input.keys.empty()) terminal.Write(screen.Frame());
  }
  return static_cast<int>(ExitCode::kDone);
}

int Top(const Options& options) {
  if (options.json && !options.once) {
    throw UsageError({.where = "--json",
                      .expected = "--once beside it",
                      .got = "--json alone"});
  }
  const milliseconds interval = IntervalOf(options);
  const std::vector<TopTarget> targets = ParseTargets(options.urls);
  if (options.once) {
    const milliseconds apart =
        options.interval_given ? interval : milliseconds(1000);
    return TopOnce(targets, apart, options.json);
  }
  return CanDrawOnTerminal() ? TopOnTerminal(targets, interval)
                             : TopLines(targets, interval);
}

}  // namespace

void AddTopCommand(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "top", "Shows live figures of running scorers, from their metrics");
  command->add_option("URL", options->urls,
                      "http://HOST:PORT or HOST:PORT of an instance's metrics; "
                      "default 127.0.0.1:9464");
  CLI::Option* interval = command->add_option(
      "--interval", options->interval,
      "Time between readings, e.g. 500ms; default 2s, with --once 1s");
  command->add_flag("--once", options->once,
                    "Print one reading and exit; 69 when no instance answers");
  command->add_flag("--json", options->json, "As JSON, with --once");
  command->callback([options, interval, &run] {
    options->interval_given = interval->count() > 0;
    run = [options] { return Top(*options); };
  });
}

}  // namespace tidemill
