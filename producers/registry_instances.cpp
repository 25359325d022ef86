#include "producers/registry_instances.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// How far the clocks of who writes timestamps and of who waits may differ.
constexpr milliseconds kClocksDiffer{1000};
constexpr std::size_t kMaxInstances = 10'000;
// A record's timestamp may be anything; within these years no sum overflows.
constexpr std::int64_t kFirstMs = 0;
constexpr std::int64_t kLastMs = 253'402'300'799'000;  // the end of 9999

void MakeRoom(std::map<std::string, InstanceReport>& reports) {
  const auto oldest = std::min_element(reports.begin(), reports.end(),
                                       [](const auto& a, const auto& b) {
                                         return a.second.heard < b.second.heard;
                                       });
  reports.erase(oldest);
}

}  // namespace

milliseconds InstanceReport::LivesFor(WallTime now) const {
  if (status.state == InstanceState::kGone) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(heard + kInstanceLives - now);
}

const InstanceReport* Instances::Add(const LogRecord& record) {
  if (!record.key || !record.value) return nullptr;
  try {
    InstanceStatus status = ParseInstanceStatus(*record.value).message;
    if (status.service != service_ ||
        *record.key != service_ + '/' + status.instance) {
      return nullptr;
    }
    const std::string name = status.instance;
    if (all_.size() >= kMaxInstances && !all_.contains(name)) MakeRoom(all_);
    InstanceReport& report = all_[name];
    report = {.status = std::move(status),
              .heard = std::chrono::sys_time<milliseconds>(milliseconds(
                  std::clamp(record.timestamp_ms, kFirstMs, kLastMs)))};
    return &report;
  } catch (const MessageError&) {
    return nullptr;
  }
}

std::vector<InstanceReport> Instances::Live(WallTime now) const {
  std::vector<InstanceReport> live;
  for (const auto& [name, report] : all_) {
    if (report.LivesFor(now) > milliseconds(0)) live.push_back(report);
  }
  return live;
}

void Answers::AddState(const LogRecord& record) {
  if (!record.value) return;
  try {
    const RegistryState state =
        ParseRegistryState(*record.value, state_.service).message;
    newest_ = std::max(newest_, state.sequence);
  } catch (const MessageError&) {
    // Whoever changes or shows the state counts it.
  }
}

bool Answers::IsAnswer(const InstanceReport& report, bool is_new) const {
  const InstanceStatus& status = report.status;
  if (!is_new && report.heard < state_.written - kClocksDiffer) return false;
  switch (status.state) {
    case InstanceState::kActive:
    case InstanceState::kRolledBack:
      return status.sequence >= state_.sequence && status.sequence <= newest_;
    case InstanceState::kRejected:
      return status.sequence == state_.sequence;
    case InstanceState::kVerified:
    case InstanceState::kGone:
      return false;
  }
  return false;
}

void Answers::Add(const LogRecord& record, bool is_new) {
  if (record.key == state_.service) return AddState(record);
  const InstanceReport* report = instances_.Add(record);
  if (report == nullptr) return;
  // Should it come back, it has to answer anew.
  if (report->status.state == InstanceState::kGone) {
    answers_.erase(report->status.instance);
  }
  if (!IsAnswer(*report, is_new)) return;
  if (answers_.size() >= kMaxInstances) return;
  // The first one counts, but what was taken can still be rolled back.
  const auto [at, added] =
      answers_.try_emplace(report->status.instance, report->status);
  if (!added && report->status.state == InstanceState::kRolledBack) {
    at->second = report->status;
  }
}

std::optional<milliseconds> Answers::Pending(WallTime now) const {
  std::optional<milliseconds> longest;
  for (const InstanceReport& report : instances_.Live(now)) {
    if (HasAnswered(report.status.instance)) continue;
    longest = std::max(longest.value_or(milliseconds(0)), report.LivesFor(now));
  }
  return longest;
}

std::vector<InstanceStatus> Answers::Statuses(WallTime now) const {
  std::vector<InstanceStatus> statuses;
  for (const InstanceReport& report : instances_.Live(now)) {
    const auto answer = answers_.find(report.status.instance);
    statuses.push_back(answer != answers_.end() ? answer->second
                                                : report.status);
  }
  return statuses;
}

std::vector<std::string> Answers::Refusals(WallTime now) const {
  std::vector<std::string> names;
  for (const InstanceReport& report : instances_.Live(now)) {
    const auto answer = answers_.find(report.status.instance);
    if (answer == answers_.end()) continue;
    if (answer->second.state != InstanceState::kActive) {
      names.push_back(answer->first);
    }
  }
  return names;
}

bool WaitForAnswers(LogReader& reader, const Clock& clock, milliseconds timeout,
                    Answers& answers) {
  const SteadyTime deadline = clock.Steady() + timeout;
  while (true) {
    const auto pending = answers.Pending(clock.Now());
    if (reader.at_end() && !pending) return true;
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - clock.Steady());
    if (left <= milliseconds(0)) return false;
    // Whoever falls silent meanwhile is waited for no longer.
    const milliseconds wait = reader.at_end() ? std::min(left, *pending) : left;
    // The first Poll() sets the end: what comes behind it is new.
    const bool is_new = reader.at_end();
    for (const LogRecord& record : reader.Poll(wait)) {
      answers.Add(record, is_new);
    }
  }
}

std::string SwapTimeText(const InstanceStatus& status) {
  if (!status.swap_us) return "";
  const double ms = static_cast<double>(*status.swap_us) / 1000.0;
  return ms < 1000.0 ? fmt::format("{:.1f} ms", ms)
                     : fmt::format("{:.2f} s", ms / 1000.0);
}

}  // namespace tidemill
