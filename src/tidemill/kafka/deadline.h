#pragma once

#include <algorithm>
#include <chrono>

namespace tidemill {

// Real time on purpose, not Clock's: it bounds waits inside librdkafka.
using Deadline = std::chrono::steady_clock::time_point;

inline Deadline DeadlineAfter(std::chrono::milliseconds timeout) {
  return std::chrono::steady_clock::now() + timeout;
}

/// 0 once it has passed, never less.
inline std::chrono::milliseconds TimeUntil(Deadline deadline) {
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::max(deadline - std::chrono::steady_clock::now(),
               std::chrono::steady_clock::duration{}));
}

/// As librdkafka takes it.
inline int ToTimeout(std::chrono::milliseconds timeout) {
  return static_cast<int>(timeout.count());
}

}  // namespace tidemill
