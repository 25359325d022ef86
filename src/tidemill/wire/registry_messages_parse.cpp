#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "tidemill/core/prediction.h"
#include "tidemill/wire/message_reader.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr std::int64_t kMaxCount = 1LL << 53U;  // see kMaxSequence
constexpr std::int64_t kMaxVersion = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMaxArtifactBytes = 256LL << 20U;
constexpr std::int64_t kMaxMinEvents = 1'000'000'000;
constexpr std::int64_t kMaxProbationSeconds = 1'000'000'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr std::size_t kMaxUriBytes = 2048;
constexpr std::size_t kMaxReasonBytes = 1024;
// What is cut to 1,024 bytes when it is written grows when it was not UTF-8.
constexpr std::size_t kMaxDetailBytes = 4096;
constexpr std::size_t kMaxSaltBytes = 200;
constexpr std::size_t kMaxTextBytes = 256;

constexpr auto kAnyText = MessageReader::Characters::kAny;

void CheckSchema(MessageReader& reader) {
  const MessageJson* schema = reader.Find("schema");
  if (schema != nullptr && schema->is_number_integer() &&
      *schema == MessageJson(kSchema)) {
    return;
  }
  throw MessageError(
      MessageFault::kUnknownSchema,
      reader.Path("schema") + ": expected 1, got " +
          (schema == nullptr ? std::string("nothing") : FoundValue(*schema)));
}

std::string OptionalText(MessageReader& reader, std::string_view key) {
  return reader.FindText(key, kMaxTextBytes).value_or(std::string());
}

/// The value whose ToText() stands under the key.
template <typename E, std::size_t kSize>
E ReadOneOf(MessageReader& reader, std::string_view key,
            const std::array<E, kSize>& values) {
  const std::string text = reader.Text(key, kMaxTextBytes);
  std::string expected;
  for (const E value : values) {
    if (ToText(value) == text) return value;
    expected += (expected.empty() ? "" : " or ") + std::string(ToText(value));
  }
  RefuseMessage(reader.Path(key), expected, QuotedText(text));
}

std::string ReadSha256(MessageReader& reader) {
  std::string text = reader.Text("sha256", kMaxTextBytes);
  if (text.size() != 64 ||
      text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    RefuseMessage(reader.Path("sha256"), "64 lower-case hexadecimal digits",
                  QuotedText(text));
  }
  return text;
}

ArtifactReference ReadArtifact(MessageReader& reader) {
  ArtifactReference artifact;
  artifact.model.model = reader.Name("model");
  artifact.model.version =
      static_cast<std::uint32_t>(reader.Integer("version", 1, kMaxVersion));
  artifact.uri = reader.Text("uri", kMaxUriBytes);
  artifact.sha256 = ReadSha256(reader);
  artifact.size =
      static_cast<std::uint64_t>(reader.Integer("size", 1, kMaxArtifactBytes));
  artifact.signature = OptionalText(reader, "signature");
  artifact.key = OptionalText(reader, "key");
  return artifact;
}

std::optional<ArtifactReference> FindArtifact(MessageReader& reader,
                                              std::string_view key) {
  const MessageJson* object = reader.FindObject(key);
  if (object == nullptr) return std::nullopt;
  MessageReader inner(*object, reader.Path(key), reader.unknown_keys());
  return ReadArtifact(inner);
}

Challenger ReadChallenger(const MessageJson& object, const std::string& path,
                          std::size_t& unknown_keys) {
  MessageReader reader(object, path, unknown_keys);
  Challenger challenger;
  challenger.artifact = ReadArtifact(reader);
  challenger.mode =
      ReadOneOf(reader, "mode",
                std::array{ChallengerMode::kShadow, ChallengerMode::kCanary});
  if (challenger.mode == ChallengerMode::kShadow) return challenger;
  challenger.percent = reader.Number("percent", 0.0, 100.0);
  challenger.salt = reader.FindText("salt", kMaxSaltBytes)
                        .value_or(ToText(challenger.artifact.model));
  challenger.by = reader.FindText("by", kMaxTextBytes).value_or("key");
  if (challenger.salt.empty()) {
    RefuseMessage(reader.Path("salt"), "text", "an empty one");
  }
  if (challenger.by.empty()) {
    RefuseMessage(reader.Path("by"), "\"key\" or a field's name",
                  "an empty one");
  }
  return challenger;
}

std::vector<Challenger> ReadChallengers(MessageReader& reader) {
  std::vector<Challenger> challengers;
  const MessageJson* items = reader.FindArray("challengers", kMaxChallengers);
  if (items == nullptr) return challengers;
  for (const MessageJson& item : *items) {
    const std::string path = reader.Path("challengers") + '[' +
                             std::to_string(challengers.size()) + ']';
    if (!item.is_object()) RefuseMessage(path, "an object", FoundValue(item));
    challengers.push_back(ReadChallenger(item, path, reader.unknown_keys()));
  }
  return challengers;
}

void ReadProbation(MessageReader& reader, Guardrails& guardrails) {
  const MessageJson* object = reader.FindObject("probation");
  if (object == nullptr) return;
  MessageReader inner(*object, reader.Path("probation"), reader.unknown_keys());
  if (const auto events = inner.FindInteger("events", 0, kMaxCount)) {
    guardrails.probation_events = static_cast<std::uint64_t>(*events);
  }
  if (const auto seconds =
          inner.FindInteger("seconds", 0, kMaxProbationSeconds)) {
    guardrails.probation = std::chrono::seconds(*seconds);
  }
}

bool ReadRollsBack(MessageReader& reader) {
  const auto text = reader.FindText("auto", kMaxTextBytes);
  if (!text || *text == "rollback") return true;
  if (*text == "none") return false;
  RefuseMessage(reader.Path("auto"), "rollback or none", QuotedText(*text));
}

std::optional<Guardrails> FindGuardrails(MessageReader& outer) {
  const MessageJson* object = outer.FindObject("guardrails");
  if (object == nullptr) return std::nullopt;
  MessageReader reader(*object, outer.Path("guardrails"), outer.unknown_keys());
  Guardrails guardrails;
  guardrails.max_error_ratio = reader.FindNumber("max_error_ratio", 0.0, 1.0);
  guardrails.max_p99_ms = reader.FindNumber("max_p99_ms", 0.0, kInfinity);
  guardrails.max_score_psi = reader.FindNumber("max_score_psi", 0.0, kInfinity);
  guardrails.max_missing_ratio =
      reader.FindNumber("max_missing_ratio", 0.0, 1.0);
  if (const auto events = reader.FindInteger("min_events", 1, kMaxMinEvents)) {
    guardrails.min_events = static_cast<std::uint64_t>(*events);
  }
  ReadProbation(reader, guardrails);
  guardrails.rolls_back = ReadRollsBack(reader);
  return guardrails;
}

void CheckChallengers(const RegistryState& state, const std::string& where) {
  if (!state.champion && !state.challengers.empty()) {
    RefuseMessage(where, "a champion beside challengers", "none");
  }
  for (std::size_t i = 0; i < state.challengers.size(); ++i) {
    const ModelReference& model = state.challengers[i].artifact.model;
    bool twice = state.champion->model == model;
    for (std::size_t j = 0; j < i; ++j) {
      twice = twice || state.challengers[j].artifact.model == model;
    }
    if (twice) {
      RefuseMessage(where + '[' + std::to_string(i) + ']',
                    "every version in one role",
                    QuotedText(ToText(model)) + " in two");
    }
  }
}

RegistryState ReadState(MessageReader& reader, std::string_view service) {
  CheckSchema(reader);
  RegistryState state;
  state.service = reader.Name("service");
  if (state.service != service) {
    RefuseMessage(reader.Path("service"), QuotedText(service),
                  QuotedText(state.service));
  }
  state.sequence =
      static_cast<std::uint64_t>(reader.Integer("sequence", 1, kMaxCount));
  state.champion = FindArtifact(reader, "champion");
  state.previous = FindArtifact(reader, "previous");
  state.challengers = ReadChallengers(reader);
  CheckChallengers(state, reader.Path("challengers"));
  state.guardrails = FindGuardrails(reader);
  state.reason = reader.FindText("reason", kMaxReasonBytes, kAnyText)
                     .value_or(std::string());
  state.issued_by = OptionalText(reader, "issued_by");
  state.issued_at = OptionalText(reader, "issued_at");
  return state;
}

VersionRecord ReadVersion(MessageReader& reader) {
  CheckSchema(reader);
  VersionRecord record;
  record.service = reader.Name("service");
  record.artifact = ReadArtifact(reader);
  record.created = OptionalText(reader, "created");
  record.created_by = OptionalText(reader, "created_by");
  record.run = OptionalText(reader, "run");
  const MessageJson* metrics = reader.FindObject("metrics");
  if (metrics == nullptr) return record;
  const std::string path = reader.Path("metrics");
  for (const auto& [name, value] : metrics->items()) {
    if (name.empty() || name.size() > kMaxTextBytes || !IsPrintableText(name)) {
      RefuseMessage(path, "printable names of 1 to 256 bytes",
                    QuotedText(name));
    }
    if (!value.is_number()) {
      RefuseMessage(path + '.' + QuotedText(name), "a number",
                    FoundValue(value));
    }
    record.metrics.emplace_back(name, value.get<double>());
  }
  return record;
}

/// "churn@7".
void CheckReference(const std::string& where, const std::string& text) {
  if (!ParseModelReference(text)) {
    RefuseMessage(where, "MODEL@VERSION", QuotedText(text));
  }
}

std::string FindReference(MessageReader& reader, std::string_view key) {
  std::string text = OptionalText(reader, key);
  if (!text.empty()) CheckReference(reader.Path(key), text);
  return text;
}

std::vector<std::string> ReadReferences(MessageReader& reader,
                                        std::string_view key) {
  std::vector<std::string> references;
  const MessageJson* items = reader.FindArray(key, kMaxChallengers);
  if (items == nullptr) return references;
  for (const MessageJson& item : *items) {
    const std::string where =
        reader.Path(key) + '[' + std::to_string(references.size()) + ']';
    if (!item.is_string()) {
      RefuseMessage(where, "MODEL@VERSION", FoundValue(item));
    }
    references.push_back(item.get<std::string>());
    CheckReference(where, references.back());
  }
  return references;
}

InstanceStatus ReadStatus(MessageReader& reader) {
  CheckSchema(reader);
  InstanceStatus status;
  status.service = reader.Name("service");
  status.instance = reader.Name("instance");
  status.sequence =
      static_cast<std::uint64_t>(reader.Integer("sequence", 0, kMaxCount));
  status.state =
      ReadOneOf(reader, "state",
                std::array{InstanceState::kVerified, InstanceState::kActive,
                           InstanceState::kRejected, InstanceState::kRolledBack,
                           InstanceState::kGone});
  status.detail = reader.FindText("detail", kMaxDetailBytes, kAnyText)
                      .value_or(std::string());
  // Below zero where the broker's clock is ahead.
  status.swap_us = reader.FindInteger("swap_us", -kMaxCount, kMaxCount);
  status.champion = FindReference(reader, "champion");
  status.challengers = ReadReferences(reader, "challengers");
  status.time = OptionalText(reader, "time");
  return status;
}

std::optional<GuardrailEvidence> FindEvidence(MessageReader& outer) {
  const MessageJson* object = outer.FindObject("evidence");
  if (object == nullptr) return std::nullopt;
  MessageReader reader(*object, outer.Path("evidence"), outer.unknown_keys());
  GuardrailEvidence evidence;
  evidence.rule = reader.Name("rule");
  evidence.version = FindReference(reader, "version");
  evidence.variant = ToText(ReadOneOf(
      reader, "variant",
      std::array{Variant::kChampion, Variant::kCanary, Variant::kShadow}));
  evidence.instance = reader.Name("instance");
  evidence.limit = reader.Number("limit", -kInfinity, kInfinity);
  // JSON has no infinity: a p99 beyond the last bin is null.
  evidence.found =
      reader.FindNumber("found", -kInfinity, kInfinity).value_or(kInfinity);
  evidence.events =
      static_cast<std::uint64_t>(reader.Integer("events", 0, kMaxCount));
  evidence.reference_events = static_cast<std::uint64_t>(
      reader.Integer("reference_events", 0, kMaxCount));
  return evidence;
}

void ReadAuditBody(MessageReader& reader, const std::string& service,
                   AuditRecord& record) {
  const std::string kind = reader.Text("kind", kMaxTextBytes);
  std::string found;
  const auto body = [&](std::string_view key, auto read) {
    MessageReader inner(reader.Object(key), reader.Path(key),
                        reader.unknown_keys());
    read(inner);
  };
  if (kind == "change") {
    body("state", [&](auto& r) { record.state = ReadState(r, service); });
    found = record.state->service;
  } else if (kind == "status") {
    body("status", [&](auto& r) { record.status = ReadStatus(r); });
    found = record.status->service;
  } else if (kind == "version") {
    body("version", [&](auto& r) { record.added = ReadVersion(r); });
    found = record.added->service;
  } else {
    RefuseMessage("kind", "change or status or version", QuotedText(kind));
  }
  if (found != service) {
    RefuseMessage("service", QuotedText(found), QuotedText(service));
  }
}

/// The sequence of the body, which the record repeats for people.
void CheckSequence(MessageReader& reader, const AuditRecord& record) {
  const auto sequence = reader.FindInteger("sequence", 0, kMaxCount);
  if (!sequence) return;
  const std::uint64_t body = record.state    ? record.state->sequence
                             : record.status ? record.status->sequence
                                             : 0;
  if (static_cast<std::uint64_t>(*sequence) != body) {
    RefuseMessage("sequence", std::to_string(body), std::to_string(*sequence));
  }
}

AuditRecord ReadAudit(MessageReader& reader) {
  CheckSchema(reader);
  AuditRecord record;
  record.verb = reader.Name("verb");
  record.subject = FindReference(reader, "subject");
  ReadAuditBody(reader, reader.Name("service"), record);
  CheckSequence(reader, record);
  record.evidence = FindEvidence(reader);
  return record;
}

template <typename Read>
auto Parse(std::string_view bytes, Read read)
    -> ParsedMessage<decltype(read(std::declval<MessageReader&>()))> {
  const MessageJson object = ParseMessageObject(bytes);
  std::size_t unknown_keys = 0;
  auto message = [&] {
    MessageReader reader(object, "", unknown_keys);
    return read(reader);
  }();
  return {.message = std::move(message), .unknown_keys = unknown_keys};
}

}  // namespace

std::string_view ToText(MessageFault fault) {
  static constexpr std::array<std::string_view, 4> kNames = {
      "too_large", "not_json", "unknown_schema", "invalid"};
  return kNames[static_cast<std::size_t>(fault)];
}

ParsedMessage<RegistryState> ParseRegistryState(std::string_view bytes,
                                                std::string_view service) {
  return Parse(
      bytes, [&](MessageReader& reader) { return ReadState(reader, service); });
}

ParsedMessage<VersionRecord> ParseVersionRecord(std::string_view bytes) {
  return Parse(bytes, ReadVersion);
}

ParsedMessage<InstanceStatus> ParseInstanceStatus(std::string_view bytes) {
  return Parse(bytes, ReadStatus);
}

ParsedMessage<AuditRecord> ParseAuditRecord(std::string_view bytes) {
  return Parse(bytes, ReadAudit);
}

}  // namespace tidemill
