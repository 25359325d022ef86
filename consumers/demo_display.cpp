#include "consumers/demo_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "tidemill/cli/output_file.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLineEvery{2000};
constexpr milliseconds kFrameEvery{500};

std::size_t TerminalWidth() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col > 1 ? size.ws_col : 80;
}

}  // namespace

std::string MillisecondsText(double seconds) {
  return std::isnan(seconds) ? "-" : fmt::format("{:.1f} ms", seconds * 1e3);
}

milliseconds DemoDisplay::interval() const {
  return terminal_ ? kFrameEvery : kLineEvery;
}

void DemoDisplay::Tell(double seconds, const std::string& what) {
  const std::string line = fmt::format("{:6.1f} s  {}", seconds, what);
  if (terminal_) {
    told_.push_back(line);
  } else {
    fmt::print("{}\n", line);
  }
}

void DemoDisplay::Show(const DemoFigures& figures,
                       const std::vector<std::string>& last) {
  if (!terminal_) return ShowLine(figures, last);
  // Back to the block's first line, each line cleared before it is written.
  if (lines_ > 0) fmt::print("\x1b[{}A", lines_);
  lines_ = 0;
  Line(fmt::format("  {:<14}{:>10.1f} s", "time", figures.seconds));
  Line(fmt::format("  {:<14}{:>10}", "sent", figures.sent));
  Line(fmt::format("  {:<14}{:>10}   {:.0f}/s", "scored", figures.predictions,
                   figures.rate));
  Line(fmt::format("  {:<14}{:>10}", "dead letters", figures.dead_letters));
  Line(fmt::format("  {:<14}{:>10}   p99 {}", "latency p50",
                   MillisecondsText(figures.scorer.latency_p50),
                   MillisecondsText(figures.scorer.latency_p99)));
  Line("  last predictions");
  for (const std::string& text : last) Line("    " + text);
  for (const std::string& text : told_) Line("  " + text);
  FlushStandardOutput();
}

void DemoDisplay::ShowLine(const DemoFigures& figures,
                           const std::vector<std::string>& last) {
  fmt::print(
      "{:6.1f} s  sent {:>7}  scored {:>7}  dead letters {:>5}  "
      "{:>6.0f}/s  p50 {:>8}  p99 {:>8}\n",
      figures.seconds, figures.sent, figures.predictions, figures.dead_letters,
      figures.rate, MillisecondsText(figures.scorer.latency_p50),
      MillisecondsText(figures.scorer.latency_p99));
  if (!last.empty()) fmt::print("          {}\n", last.back());
  FlushStandardOutput();
}

void DemoDisplay::Line(const std::string& text) {
  // A line that wraps would spoil the count of lines to go back.
  fmt::print("\x1b[2K{}\n", text.substr(0, TerminalWidth() - 1));
  ++lines_;
}

}  // namespace tidemill
