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

/// A state that was written, whose answers are waited for.
struct WrittenState {
  std::string service;
  std::uint64_t sequence = 0;
  WallTime written;  ///< a time just before
};

/// Which live instances have answered to a state: taken it (or a later one),
/// refused it, or rolled it back.
///
/// What a registry of the same name, deleted since, has left behind is no
/// answer: neither a status older than the state, nor one of a sequence that
/// the state topic does not have (yet: the instance says it again).
class Answers {
 public:
  explicit Answers(WrittenState state)
      : instances_(state.service),
        newest_(state.sequence),
        state_(std::move(state)) {}

  /// A record of the status topic or of the state topic. `is_new`: it was
  /// appended after the state was, whatever its timestamp says.
  void Add(const LogRecord& record, bool is_new);

  /// How long at most until a live instance that has not answered counts no
  /// more; none when all have.
  std::optional<std::chrono::milliseconds> Pending(WallTime now) const;

  /// Of each live one its answer, or its last report when it gave none; by
  /// name.
  std::vector<InstanceStatus> Statuses(WallTime now) const;
  bool HasAnswered(const std::string& instance) const {
    return answers_.contains(instance);
  }
  /// Of the live ones those that refused it or rolled it back.
  std::vector<std::string> Refusals(WallTime now) const;

 private:
  void AddState(const LogRecord& record);
  bool IsAnswer(const InstanceReport& report, bool is_new) const;

  Instances instances_;
  std::uint64_t newest_;  ///< that the state topic is known to have
  WrittenState state_;
  std::map<std::string, InstanceStatus> answers_;
};

/// Reads the status and the state topic until every live instance has answered;
/// false when that takes longer than `timeout`. The reader must not have been
/// polled before the state was written.
bool WaitForAnswers(LogReader& reader, const Clock& clock,
                    std::chrono::milliseconds timeout, Answers& answers);

/// "1.2 ms", "3.45 s"; empty for none.
std::string SwapTimeText(const InstanceStatus& status);

}  // namespace tidemill
