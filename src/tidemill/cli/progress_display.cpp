#include "tidemill/cli/progress_display.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBarEvery{50};
constexpr milliseconds kLineEvery{2000};
constexpr std::string_view kClearLine = "\r\x1b[K";

void Print(std::FILE* out, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

std::size_t Percent(std::size_t done, std::size_t steps) {
  return steps == 0 ? 0 : std::min<std::size_t>(100, 100 * done / steps);
}

}  // namespace

ProgressBar::~ProgressBar() {
  if (visible_) Print(out_, kClearLine);
}

void ProgressBar::Begin(const std::string& stage, std::size_t steps) {
  stage_ = stage;
  steps_ = steps;
  Draw(0);
}

void ProgressBar::Advance(std::size_t done) {
  if (clock_->Steady() - drawn_ >= kBarEvery) Draw(done);
}

void ProgressBar::Draw(std::size_t done) {
  constexpr std::size_t kWidth = 30;
  drawn_ = clock_->Steady();
  visible_ = true;
  if (steps_ == 0) {
    Print(out_, fmt::format("{}{} ({})", kClearLine, stage_, done));
    return;
  }
  const std::size_t percent = Percent(done, steps_);
  const std::size_t filled = kWidth * percent / 100;
  Print(out_, fmt::format("{}[{:#<{}}{:.<{}}] {:3}% {}", kClearLine, "", filled,
                          "", kWidth - filled, percent, stage_));
}

void ProgressLines::Begin(const std::string& stage, std::size_t steps) {
  stage_ = stage;
  steps_ = steps;
}

void ProgressLines::Advance(std::size_t done) {
  const SteadyTime now = clock_->Steady();
  if (now - said_ < kLineEvery) return;
  said_ = now;
  Print(out_, steps_ == 0
                  ? fmt::format("{}: {} steps\n", stage_, done)
                  : fmt::format("{}: {}%\n", stage_, Percent(done, steps_)));
}

std::unique_ptr<Progress> MakeProgress(const Clock& clock) {
  if (::isatty(STDERR_FILENO) != 0) {
    return std::make_unique<ProgressBar>(stderr, clock);
  }
  return std::make_unique<ProgressLines>(stderr, clock);
}

}  // namespace tidemill
