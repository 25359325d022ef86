#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/core/registry_state.h"

namespace tidemill {

/// An instance that was not heard of for longer counts no more.
inline constexpr std::chrono::milliseconds kInstanceLives{6000};

/// What an instance said last, and when.
struct InstanceReport {
  InstanceStatus status;
  std::chrono::sys_time<std::chrono::milliseconds> heard;

  /// Zero or less: it is not live.
  std::chrono::milliseconds LivesFor(WallTime now) const;
};

/// What the instances of a service say on the status topic. What is no status
/// of this service, under its own key, is ignored.
/// Memory: 10,000 instances at most; those heard of last stay.
class Instances {
 public:
  explicit Instances(std::string service) : service_(std::move(service)) {}

  /// The report the record became; nullptr when it was ignored.
  const InstanceReport* Add(const LogRecord& record);

  /// By name.
  std::vector<InstanceReport> Live(WallTime now) const;
  const std::map<std::string, InstanceReport>& all() const { return all_; }

 private:
  std::string service_;
  std::map<std::string, InstanceReport> all_;
};

/// Which instances have answered to the state of one sequence: taken it (or a
/// later one), refused it, or rolled it back.
class Answers {
 public:
  Answers(std::string service, std::uint64_t sequence)
      : instances_(std::move(service)), sequence_(sequence) {}

  void Add(const LogRecord& record);

  /// How long at most until a live instance that has not answered counts no
  /// more; none when all have.
  std::optional<std::chrono::milliseconds> Pending(WallTime now) const;

  /// The answer of each that gave one, and the last report of each live one
  /// that did not, by name.
  std::vector<InstanceStatus> Statuses(WallTime now) const;
  bool HasAnswered(const std::string& instance) const {
    return answers_.contains(instance);
  }
  /// Of those that refused it or rolled it back.
  std::vector<std::string> Refusals() const;

 private:
  bool IsAnswer(const InstanceStatus& status) const;

  Instances instances_;
  std::uint64_t sequence_;
  std::map<std::string, InstanceStatus> answers_;
};

/// Reads the status topic until every live instance has answered; false when
/// that takes longer than `timeout`.
bool WaitForAnswers(LogReader& reader, const Clock& clock,
                    std::chrono::milliseconds timeout, Answers& answers);

/// "1.2 ms", "3.45 s"; empty for none.
std::string SwapTimeText(const InstanceStatus& status);

}  // namespace tidemill
