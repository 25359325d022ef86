#pragma once

#include <cstdint>
#include <string_view>

namespace tidemill {

/// What a model is to learn.
enum class Task : std::uint8_t { kRegression, kBinary };
inline constexpr int kNumTasks = 2;

/// "regression", "binary".
constexpr std::string_view ToText(Task task) {
  return task == Task::kBinary ? "binary" : "regression";
}

}  // namespace tidemill
