#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace tidemill {

/// A value or the reason there is none, for failures that are normal. (The
/// standard's std::expected is newer than our oldest compiler.)
template <typename T, typename E>
class Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  static Expected Failure(E error) {
    return Expected(std::in_place_index<1>, std::move(error));
  }

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() { return *std::get_if<0>(&state_); }
  const T& operator*() const { return *std::get_if<0>(&state_); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  E& error() { return *std::get_if<1>(&state_); }
  const E& error() const { return *std::get_if<1>(&state_); }

 private:
  Expected(std::in_place_index_t<1> where, E error)
      : state_(where, std::move(error)) {}

  std::variant<T, E> state_;
};

}  // namespace tidemill
