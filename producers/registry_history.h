#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/core/registry_log.h"
#include "tidemill/core/registry_state.h"

namespace tidemill {

/// True when the record is about the service.
bool IsOf(const AuditRecord& record, std::string_view service);

/// "max_error_ratio 0.034 over 0.01 (canary churn@8 on scorer-0, 1200 events)"
std::string EvidenceText(const GuardrailEvidence& evidence);
/// A reason as it fits a table: OneLine(), of 60 characters at most.
std::string ShortReason(std::string_view reason);
/// "scorer-0 sequence 12 active, champion churn@7, swap 1.2 ms: DETAIL"
std::string StatusText(const InstanceStatus& status);
/// What an audit record says, on one line but for what messages quote.
std::string AuditText(const AuditRecord& record);

/// What became of a service's desired state, from its audit records.
/// Memory: every change, and the first answer to it of each instance.
class RegistryHistory {
 public:
  explicit RegistryHistory(std::string service)
      : service_(std::move(service)) {}

  /// What is no audit record is counted and changes nothing; so is a change
  /// whose sequence is not above the last one's. Other services' are skipped.
  void Add(const LogRecord& record);

  /// What an instance made of a change: active, rejected or rolled_back.
  struct Answer {
    InstanceStatus status;
    std::string taken_at;  ///< when it first was active; empty: never
  };

  struct Change {
    AuditRecord audit;  ///< with `state`, or with `added`
    /// Champion before; empty: none.
    std::string from;
    /// By instance.
    std::map<std::string, Answer> answers;

    const std::string& time() const;
    const std::string& who() const;
    std::string to() const;
    /// The version it is about; of a canary also the percent, and salt and
    /// field where they are not the defaults.
    std::string what() const;
    /// Instances have answered, and none has taken it.
    bool RefusedByAll() const;
  };
  const std::vector<Change>& changes() const { return changes_; }

  /// A time during which one version was champion.
  struct Reign {
    std::string champion;
    std::string from;               ///< RFC 3339
    std::optional<std::string> to;  ///< none: still
    std::uint64_t sequence = 0;     ///< that began it
    bool answered = false;          ///< `from` is when an instance took it
  };
  /// In order. A state that every instance refused begins none: what was there
  /// before goes on.
  std::vector<Reign> Reigns() const;

  std::uint64_t bad_messages() const { return bad_messages_; }

 private:
  void AddChange(AuditRecord audit);
  void AddAnswer(const InstanceStatus& status);

  std::string service_;
  std::vector<Change> changes_;
  /// Where in changes_ a sequence stands.
  std::map<std::uint64_t, std::size_t> by_sequence_;
  std::uint64_t bad_messages_ = 0;
};

}  // namespace tidemill
