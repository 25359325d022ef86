#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tidemill/core/clock.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/rollout/desired_state.h"

namespace tidemill {

/// The three topics of a registry.
struct RegistryTopics {
  std::string state;   ///< desired states and version records; compacted
  std::string status;  ///< what instances say; compacted
  std::string audit;   ///< every change; kept
  static RegistryTopics Of(const std::string& topic) {
    return {topic, topic + ".status", topic + ".audit"};
  }
};

/// Folds one record of the state topic into the view of a service; what cannot
/// be read is counted and changes nothing.
void AddToView(const LogRecord& record, std::string_view service,
               RegistryView& view);

/// Reads until the reader is at its end. Throws UnavailableError when that
/// takes longer than `timeout`.
RegistryView ReadView(LogReader& reader, const RegistryTopics& topics,
                      std::string_view service,
                      std::chrono::milliseconds timeout);

/// Who changes what, and why.
struct ChangeRequest {
  RegistryTopics topics;
  std::string service;
  std::string verb;     ///< of the audit record
  std::string subject;  ///< "churn@8", or empty; AddVersion() knows its own
  std::string reason;
  std::string issued_by;
  /// The change is made only of the state of this sequence.
  std::optional<std::uint64_t> expect;
  std::optional<GuardrailEvidence> evidence;
  std::chrono::milliseconds timeout{10'000};
};

/// Compare and set: fences other writers (writer.Begin()), reads to the end
/// with `reader` (which must not have been polled yet), lets `change` make the
/// next state of what is there, and writes it, its sequence one higher, with
/// its audit record in one transaction. Answers the state written.
///
/// Errors: TryAgainError when another writer came between or `expect` differs;
///         UnavailableError without a broker; what `change` throws, and then
///         nothing is written.
using StateChange = std::function<RegistryState(const RegistryView& view)>;
RegistryState ChangeState(LogWriter& writer, LogReader& reader,
                          const ChangeRequest& request,
                          const StateChange& change, const Clock& clock);

/// The same for a version record: `make` answers the record to write, or one
/// that is in the view already, which writes nothing. Answers the record.
using VersionChange = std::function<VersionRecord(const RegistryView& view)>;
VersionRecord AddVersion(LogWriter& writer, LogReader& reader,
                         const ChangeRequest& request,
                         const VersionChange& make, const Clock& clock);

}  // namespace tidemill
