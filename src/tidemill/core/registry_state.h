#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill {

/// 1 to 200 of [A-Za-z0-9._-]: what a service, a model or an instance may be
/// called in a registry.
bool IsRegistryName(std::string_view text);

/// A version of a model, "churn@7" in text. Version 0 was never registered.
struct ModelReference {
  std::string model;
  std::uint32_t version = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy sees the default's 0.
  friend auto operator<=>(const ModelReference&,
                          const ModelReference&) = default;
};
std::string ToText(const ModelReference& reference);
/// Empty unless it is NAME@N with an IsRegistryName() and N > 0, in no other
/// way than ToText() writes it.
std::optional<ModelReference> ParseModelReference(std::string_view text);

/// Where a version's model.bin lies and how to know it again.
struct ArtifactReference {
  ModelReference model;
  /// "file:NAME" beneath the store, or an http(s) URL.
  std::string uri;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  std::uint64_t size = 0;
  std::string signature;  ///< empty: none
  std::string key;        ///< which key signed it; empty: none
  friend bool operator==(const ArtifactReference&,
                         const ArtifactReference&) = default;
};

enum class ChallengerMode : std::uint8_t { kShadow, kCanary };
std::string_view ToText(ChallengerMode mode);

/// A version that is compared with the champion.
struct Challenger {
  ArtifactReference artifact;
  ChallengerMode mode = ChallengerMode::kShadow;
  double percent = 0.0;    ///< canary: of the keys; 0 to 100
  std::string salt = {};   ///< canary: what the share is drawn with
  std::string by = "key";  ///< canary: "key", or the name of an event's field
  friend bool operator==(const Challenger&, const Challenger&) = default;
};

/// What a version must keep to; an absent limit is not checked. Judged by
/// every instance on what it sees itself (docs/rollout.md).
struct Guardrails {
  std::optional<double> max_error_ratio;    ///< above the champion's own
  std::optional<double> max_p99_ms;         ///< of the time to score an event
  std::optional<double> max_score_psi;      ///< against the champion
  std::optional<double> max_missing_ratio;  ///< of the schema's input cells
  std::uint64_t min_events = 1000;          ///< before anything is judged
  /// How long a fresh champion is judged too: until the first of both.
  std::uint64_t probation_events = 50'000;
  std::chrono::seconds probation{600};
  bool rolls_back = true;  ///< "auto": "rollback", or "none": only told
  friend bool operator==(const Guardrails&, const Guardrails&) = default;
};

/// The whole desired state of a service, as it stands in the registry topic
/// under the service's name. Never a command: the last one is all a restarted
/// instance needs.
struct RegistryState {
  std::string service;
  std::uint64_t sequence = 0;  ///< only grows
  std::optional<ArtifactReference> champion;
  std::optional<ArtifactReference> previous;  ///< where a rollback leads
  std::vector<Challenger> challengers;        ///< no model twice, nor champion
  std::optional<Guardrails> guardrails;
  std::string reason;
  std::string issued_by;
  std::string issued_at;  ///< RFC 3339, UTC
  friend bool operator==(const RegistryState&, const RegistryState&) = default;
};

/// A version as `registry add` wrote it, under its own key "churn@7".
struct VersionRecord {
  std::string service;  ///< which added it
  ArtifactReference artifact;
  std::string created;  ///< RFC 3339, UTC
  std::string created_by;
  std::string run;  ///< id in the experiment tracker; empty: none
  std::vector<std::pair<std::string, double>> metrics;  ///< the manifest's
  friend bool operator==(const VersionRecord&, const VersionRecord&) = default;
};

/// What an instance says of itself.
enum class InstanceState : std::uint8_t {
  kVerified,    ///< loaded and checked, about to answer
  kActive,      ///< the state of `sequence` answers
  kRejected,    ///< the state of `sequence` does not; the one before goes on
  kRolledBack,  ///< a guardrail took a version out
  kGone,        ///< stopped in order
};
std::string_view ToText(InstanceState state);

/// Under the key "service/instance" of the status topic.
struct InstanceStatus {
  std::string service;
  std::string instance;
  std::uint64_t sequence = 0;  ///< of the state it speaks of; 0: of none
  InstanceState state = InstanceState::kActive;
  std::string detail;  ///< for people; why, when it is not active
  /// From the registry message to the exchange of the pointer.
  std::optional<std::int64_t> swap_us;
  std::string champion;                  ///< "churn@7" that answers; or empty
  std::vector<std::string> challengers;  ///< "churn@8" that are loaded
  std::string time;                      ///< RFC 3339, UTC
  friend bool operator==(const InstanceStatus&,
                         const InstanceStatus&) = default;
};

/// Why a guardrail took a version out: the numbers, so that anyone can judge.
struct GuardrailEvidence {
  std::string rule;     ///< the limit's name, e.g. "max_error_ratio"
  std::string version;  ///< "churn@8"
  std::string variant;  ///< "canary", "shadow" or "champion"
  std::string instance;
  double limit = 0.0;
  double found = 0.0;
  std::uint64_t events = 0;            ///< of the version, in the window judged
  std::uint64_t reference_events = 0;  ///< of what it was compared with
  friend bool operator==(const GuardrailEvidence&,
                         const GuardrailEvidence&) = default;
};

/// One line of the audit topic: a change of the desired state (with the whole
/// new state), or an instance that changed its own (with its status).
struct AuditRecord {
  std::string verb;     ///< "deploy" ..., or "status"
  std::string subject;  ///< "churn@8" it is about; or empty
  std::optional<RegistryState> state;
  std::optional<InstanceStatus> status;
  std::optional<VersionRecord> added;
  std::optional<GuardrailEvidence> evidence;
  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

}  // namespace tidemill
