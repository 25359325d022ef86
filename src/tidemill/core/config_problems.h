#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"

namespace tidemill {

/// All that is wrong with one config; as an error it is the first of it.
class ConfigErrors : public ConfigError {
 public:
  /// Requires one at least.
  explicit ConfigErrors(std::vector<ConfigError> all)
      : ConfigError(all.front()), all_(std::move(all)) {}
  const std::vector<ConfigError>& all() const { return all_; }

 private:
  std::vector<ConfigError> all_;
};

/// Collects what is wrong while a config is read to its end, so that one look
/// at it tells of everything. Keeps the first kMost of them.
class ConfigProblems {
 public:
  static constexpr std::size_t kMost = 100;

  /// Runs `read` and keeps the ConfigError that it throws, one or several.
  /// Whether it threw none. With kMost of them it is not even run, so that a
  /// config of many thousand errors is soon done with.
  template <typename Read>
  bool Try(Read&& read) {
    if (all_.size() >= kMost) return false;
    try {
      read();
      return true;
    } catch (const ConfigErrors& errors) {
      for (const ConfigError& error : errors.all()) Add(error);
    } catch (const ConfigError& error) {
      Add(error);
    }
    return false;
  }

  void Add(const ConfigError& error) {
    if (all_.size() < kMost) all_.push_back(error);
  }

  /// Throws ConfigErrors unless there are none.
  void Throw() const {
    if (!all_.empty()) throw ConfigErrors(all_);
  }

  const std::vector<ConfigError>& all() const { return all_; }

 private:
  std::vector<ConfigError> all_;
};

}  // namespace tidemill
