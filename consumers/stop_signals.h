#pragma once

#include <chrono>

namespace tidemill {

/// Keeps SIGINT and SIGTERM from ending the process; they wait to be taken.
/// To be called before any thread is started, so that all inherit it.
void BlockStopSignals();

/// While it lives, they end the process at once on this thread: for work that
/// nothing is lost by.
class StopSignalsEndProcess {
 public:
  StopSignalsEndProcess();
  ~StopSignalsEndProcess();
  StopSignalsEndProcess(const StopSignalsEndProcess&) = delete;
  StopSignalsEndProcess& operator=(const StopSignalsEndProcess&) = delete;
};

/// Waits for one of them; true when it came.
bool StopSignalWithin(std::chrono::milliseconds time);

/// Ends the process with exit code 75 unless it has ended by itself in time:
/// a drain must not hang for ever.
void StartStopWatchdog(std::chrono::milliseconds time);

}  // namespace tidemill
