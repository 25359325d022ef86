#pragma once

#include <array>
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
inline constexpr std::array<std::string_view, kNumTasks> kTaskNames = {
    "regression", "binary", "multiclass"};

/// Of one model: a prediction names them all.
inline constexpr std::size_t kMaxClasses = 1000;

/// "regression", "binary", "multiclass".
constexpr std::string_view ToText(Task task) {
  return kTaskNames[static_cast<std::size_t>(task)];
}

}  // namespace tidemill
