#include "consumers/stop_signals.h"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <thread>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

StopSignalsEndProcess::StopSignalsEndProcess() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

StopSignalsEndProcess::~StopSignalsEndProcess() { BlockStopSignals(); }

bool StopSignalWithin(std::chrono::milliseconds time) {
  const sigset_t signals = StopSignals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec wait{};
  wait.tv_sec = static_cast<std::time_t>(seconds.count());
  wait.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  return sigtimedwait(&signals, nullptr, &wait) > 0;
}

void StartStopWatchdog(std::chrono::milliseconds time) {
  std::thread([time] {
    std::this_thread::sleep_for(time);
    constexpr char kText[] = "tidemill: the drain did not end in time\n";
    const ssize_t written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::_exit(written < 0 ? static_cast<int>(ExitCode::kInputOutput)
                        : static_cast<int>(ExitCode::kTryAgain));
  }).detach();
}

}  // namespace tidemill
