#include "tidemill/wire/registry_messages.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace tidemill {
namespace {

/// Keeps the order of the keys.
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxDetailBytes = 1024;

/// 10 and not 10.0, as a person would write it.
Json Number(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::abs(value) <= kExact) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

void SetText(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void SetNumber(Json& object, const char* key,
               const std::optional<double>& value) {
  if (value) object[key] = Number(*value);
}

void SetArtifact(Json& object, const ArtifactReference& artifact) {
  object["model"] = artifact.model.model;
  object["version"] = artifact.model.version;
  object["uri"] = artifact.uri;
  object["sha256"] = artifact.sha256;
  object["size"] = artifact.size;
  SetText(object, "signature", artifact.signature);
  SetText(object, "key", artifact.key);
}

Json ArtifactJson(const ArtifactReference& artifact) {
  Json object;
  SetArtifact(object, artifact);
  return object;
}

Json ChallengerJson(const Challenger& challenger) {
  Json object = ArtifactJson(challenger.artifact);
  object["mode"] = ToText(challenger.mode);
  if (challenger.mode == ChallengerMode::kCanary) {
    object["percent"] = Number(challenger.percent);
    object["salt"] = challenger.salt;
    object["by"] = challenger.by;
  }
  return object;
}

Json GuardrailsJson(const Guardrails& guardrails) {
  Json object;
  SetNumber(object, "max_error_ratio", guardrails.max_error_ratio);
  SetNumber(object, "max_p99_ms", guardrails.max_p99_ms);
  SetNumber(object, "max_score_psi", guardrails.max_score_psi);
  SetNumber(object, "max_missing_ratio", guardrails.max_missing_ratio);
  object["min_events"] = guardrails.min_events;
  object["probation"]["events"] = guardrails.probation_events;
  object["probation"]["seconds"] = guardrails.probation.count();
  object["auto"] = guardrails.rolls_back ? "rollback" : "none";
  return object;
}

Json StateJson(const RegistryState& state) {
  Json object;
  object["schema"] = 1;
  object["service"] = state.service;
  object["sequence"] = state.sequence;
  if (state.champion) object["champion"] = ArtifactJson(*state.champion);
  if (state.previous) object["previous"] = ArtifactJson(*state.previous);
  object["challengers"] = Json::array();
  for (const Challenger& challenger : state.challengers) {
    object["challengers"].push_back(ChallengerJson(challenger));
  }
  if (state.guardrails) {
    object["guardrails"] = GuardrailsJson(*state.guardrails);
  }
  object["reason"] = state.reason;
  object["issued_by"] = state.issued_by;
  object["issued_at"] = state.issued_at;
  return object;
}

Json VersionJson(const VersionRecord& record) {
  Json object;
  object["schema"] = 1;
  object["service"] = record.service;
  SetArtifact(object, record.artifact);
  object["created"] = record.created;
  object["created_by"] = record.created_by;
  SetText(object, "run", record.run);
  object["metrics"] = Json::object();
  for (const auto& [name, value] : record.metrics) {
    if (std::isfinite(value)) object["metrics"][name] = Number(value);
  }
  return object;
}

/// Not in the middle of a UTF-8 character.
std::string Cut(const std::string& text) {
  std::size_t size = std::min(text.size(), kMaxDetailBytes);
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U;
  };
  for (int i = 0; i < 3 && size > 0 && size < text.size() && continues(size);
       ++i) {
    --size;
  }
  return text.substr(0, size);
}

Json StatusJson(const InstanceStatus& status) {
  Json object;
  object["schema"] = 1;
  object["service"] = status.service;
  object["instance"] = status.instance;
  object["sequence"] = status.sequence;
  object["state"] = ToText(status.state);
  object["detail"] = Cut(status.detail);
  if (status.swap_us) object["swap_us"] = *status.swap_us;
  SetText(object, "champion", status.champion);
  object["challengers"] = status.challengers;
  object["time"] = status.time;
  return object;
}

Json EvidenceJson(const GuardrailEvidence& evidence) {
  Json object;
  object["rule"] = evidence.rule;
  object["version"] = evidence.version;
  object["variant"] = evidence.variant;
  object["instance"] = evidence.instance;
  object["limit"] = Number(evidence.limit);
  object["found"] = Number(evidence.found);  // not finite: null
  object["events"] = evidence.events;
  object["reference_events"] = evidence.reference_events;
  return object;
}

/// Kind and service first, the body last, so that a line begins with what a
/// person looks for.
Json AuditJson(const AuditRecord& record) {
  assert(record.state.has_value() + record.status.has_value() +
             record.added.has_value() ==
         1);
  Json object;
  object["schema"] = 1;
  object["kind"] = record.state    ? "change"
                   : record.status ? "status"
                                   : "version";
  object["service"] = record.state    ? record.state->service
                      : record.status ? record.status->service
                                      : record.added->service;
  object["verb"] = record.verb;
  SetText(object, "subject", record.subject);
  if (record.state) object["sequence"] = record.state->sequence;
  if (record.status) object["sequence"] = record.status->sequence;
  if (record.evidence) object["evidence"] = EvidenceJson(*record.evidence);
  if (record.state) object["state"] = StateJson(*record.state);
  if (record.status) object["status"] = StatusJson(*record.status);
  if (record.added) object["version"] = VersionJson(*record.added);
  return object;
}

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ToJson(const RegistryState& state) {
  return Line(StateJson(state));
}

std::string ToJson(const VersionRecord& record) {
  return Line(VersionJson(record));
}

std::string ToJson(const InstanceStatus& status) {
  return Line(StatusJson(status));
}

std::string ToJson(const AuditRecord& record) {
  return Line(AuditJson(record));
}

}  // namespace tidemill
