#pragma once

#include <chrono>

namespace tidemill {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from, so that no test sleeps.
/// Threads: implementations allow any number of callers.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Time of day, UTC; may jump.
  virtual WallTime Now() const = 0;
  /// For durations and deadlines; never goes back.
  virtual SteadyTime Steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime Now() const override {
    return std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
  SteadyTime Steady() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace tidemill
