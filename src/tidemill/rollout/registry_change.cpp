#include "tidemill/rollout/registry_change.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

// A reader may find that it is at the end without anything new to return.
constexpr std::chrono::milliseconds kPoll{10};

void AddState(std::string_view bytes, std::string_view service,
              RegistryView& view) {
  RegistryState state = ParseRegistryState(bytes, service).message;
  if (state.sequence > view.sequence()) {
    view.state = std::move(state);
  } else if (state != *view.state) {
    ++view.bad_messages;  // the sequence goes back
  }
}

void AddRecord(std::string_view bytes, const ModelReference& key,
               RegistryView& view) {
  VersionRecord record = ParseVersionRecord(bytes).message;
  if (record.artifact.model != key) {
    ++view.bad_messages;
    return;
  }
  const std::string digest = record.artifact.sha256;
  const auto [first, is_new] =
      view.versions.try_emplace(key, std::move(record));
  // A version is immutable.
  if (!is_new && first->second.artifact.sha256 != digest) ++view.bad_messages;
}

std::string NowText(const Clock& clock) {
  return UtcText(clock.Now().time_since_epoch().count());
}

/// The message as every reader will read it; refused when none could.
template <typename Read>
auto Published(const ChangeRequest& request, Read read) {
  try {
    return read().message;
  } catch (const MessageError& error) {
    throw AnswerIsNo(request.verb +
                     ": this cannot be published: " + error.what());
  }
}

LogWrite AuditLine(const ChangeRequest& request, AuditRecord record) {
  record.verb = request.verb;
  record.subject =
      record.added ? ToText(record.added->artifact.model) : request.subject;
  record.evidence = request.evidence;
  record = Published(request, [&] { return ParseAuditRecord(ToJson(record)); });
  return {.topic = request.topics.audit,
          .key = request.service,
          .value = ToJson(record)};
}

/// Nobody else can write from here on unseen: who begins later fences us.
RegistryView BeginChange(LogWriter& writer, LogReader& reader,
                         const ChangeRequest& request) {
  writer.Begin();
  RegistryView view =
      ReadView(reader, request.topics, request.service, request.timeout);
  if (request.expect && *request.expect != view.sequence()) {
    throw TryAgainError(
        {.where = "registry of " + request.service,
         .expected = "sequence " + std::to_string(*request.expect),
         .got = std::to_string(view.sequence())});
  }
  return view;
}

}  // namespace

void AddToView(const LogRecord& record, std::string_view service,
               RegistryView& view) {
  if (!record.key) return;
  const bool is_state = *record.key == service;
  const auto version = ParseModelReference(*record.key);
  if (!is_state && !version) return;
  try {
    const std::string_view bytes =
        record.value ? *record.value : std::string_view();
    if (is_state) {
      AddState(bytes, service, view);
    } else {
      AddRecord(bytes, *version, view);
    }
  } catch (const MessageError&) {
    ++view.bad_messages;
  }
}

RegistryView ReadView(LogReader& reader, const RegistryTopics& topics,
                      std::string_view service,
                      std::chrono::milliseconds timeout) {
  using std::chrono::milliseconds;
  const SystemClock clock;
  const SteadyTime deadline = clock.Steady() + timeout;
  RegistryView view;
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - clock.Steady());
    for (const LogRecord& record :
         reader.Poll(std::clamp(left, milliseconds(0), kPoll))) {
      if (record.topic == topics.state) AddToView(record, service, view);
    }
    if (reader.at_end()) return view;
    if (clock.Steady() >= deadline) {
      throw UnavailableError(
          {.where = "topic " + topics.state,
           .expected =
               "its end within " + std::to_string(timeout.count()) + " ms",
           .got = "more to read"});
    }
  }
}

RegistryState ChangeState(LogWriter& writer, LogReader& reader,
                          const ChangeRequest& request,
                          const StateChange& change, const Clock& clock) {
  const RegistryView view = BeginChange(writer, reader, request);
  if (view.sequence() >= kMaxSequence) {
    throw AnswerIsNo(
        {.where = "registry of " + request.service,
         .expected = "a sequence below " + std::to_string(kMaxSequence),
         .got = std::to_string(view.sequence())});
  }
  RegistryState next = change(view);
  next.service = request.service;
  next.sequence = view.sequence() + 1;
  next.reason = request.reason;
  next.issued_by = request.issued_by;
  next.issued_at = NowText(clock);
  next = Published(request, [&] {
    return ParseRegistryState(ToJson(next), request.service);
  });
  AuditRecord audit;
  audit.state = next;
  const std::array<LogWrite, 2> records = {
      LogWrite{.topic = request.topics.state,
               .key = request.service,
               .value = ToJson(next)},
      AuditLine(request, std::move(audit))};
  writer.Write(records);
  return next;
}

VersionRecord AddVersion(LogWriter& writer, LogReader& reader,
                         const ChangeRequest& request,
                         const VersionChange& make, const Clock& clock) {
  const RegistryView view = BeginChange(writer, reader, request);
  VersionRecord record = make(view);
  const ModelReference model = record.artifact.model;
  const auto known = view.versions.find(model);
  if (known != view.versions.end()) {
    if (known->second.artifact.sha256 == record.artifact.sha256) {
      return known->second;
    }
    throw AnswerIsNo(
        {.where = ToText(model),
         .expected = "the artifact it has, " + known->second.artifact.sha256,
         .got = record.artifact.sha256});
  }
  record.service = request.service;
  record.created_by = request.issued_by;
  // A signature covers the time it was given.
  if (record.created.empty()) record.created = NowText(clock);
  record =
      Published(request, [&] { return ParseVersionRecord(ToJson(record)); });
  AuditRecord audit;
  audit.added = record;
  const std::array<LogWrite, 2> records = {
      LogWrite{.topic = request.topics.state,
               .key = ToText(model),
               .value = ToJson(record)},
      AuditLine(request, std::move(audit))};
  writer.Write(records);
  return record;
}

}  // namespace tidemill
