#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemill {

/// What a model is to learn.
enum class Task : std::uint8_t {
  kRegression,
  kBinary,
  kMulticlass,  ///< three classes and more
};
inline constexpr int kNumTasks = 3;

/// Of one model: a prediction names them all.
inline constexpr std::size_t kMaxClasses = 1000;

/// "regression", "binary", "multiclass".
constexpr std::string_view ToText(Task task) {
  return task == Task::kBinary       ? "binary"
         : task == Task::kRegression ? "regression"
                                     : "multiclass";
}

}  // namespace tidemill
