#pragma once

#include <termios.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "consumers/top/screen.h"

namespace tidemill {

/// Whether standard output is a terminal that can be drawn on.
bool CanDrawOnTerminal();

/// Draws on the terminal's second screen and reads keys without waiting for a
/// line's end, as long as it lives; then the terminal is as it was before.
/// SIGINT, SIGTERM and SIGHUP are taken as a wish to stop; SIGTSTP stops the
/// process with the terminal restored, until it is continued.
/// Errors:  IoError when the terminal cannot be set up or written to.
/// Threads: the one that built it, before any other thread is started.
class TopTerminal {
 public:
  TopTerminal();
  ~TopTerminal();
  TopTerminal(const TopTerminal&) = delete;
  TopTerminal& operator=(const TopTerminal&) = delete;

  struct Input {
    bool stop = false;
    bool changed = false;  ///< the size, or all is to be drawn anew
    std::string keys;
  };
  /// Waits for any of it, at most for `time`.
  Input Wait(std::chrono::milliseconds time);

  ScreenSize size() const;
  void Write(std::string_view text);

 private:
  void Enter();
  void Leave();
  void ReadSignals(Input& input);
  void ReadKeys(Input& input);

  int signals_ = -1;
  bool has_keys_;
  std::optional<termios> before_;
};

}  // namespace tidemill
