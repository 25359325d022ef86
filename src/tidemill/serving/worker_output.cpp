// The part of the worker that turns scored events into records and delivery
// reports into progress.
#include <limits>

#include <spdlog/spdlog.h>

#include "tidemill/serving/worker.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetryDelay{500};
/// How long a full queue may hold up the loop.
constexpr milliseconds kRoomTimeout{1000};

EventError RefusedByBroker(DeliveryStatus status) {
  const bool large = status == DeliveryStatus::kTooLarge;
  return {.stage = Stage::kProduce,
          .reason = large ? Reason::kRecordTooLarge : Reason::kRecordRejected,
          .detail = large ? "expected a record the broker takes, got one over "
                            "its size limit"
                          : "expected a record the broker takes, got one it "
                            "refuses"};
}

DeliveryStatus ToStatus(ProduceResult result) {
  return result == ProduceResult::kTooLarge ? DeliveryStatus::kTooLarge
                                            : DeliveryStatus::kRejected;
}

std::int64_t Milliseconds(WallTime time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

void MarkDeadLetter(const EventError& error, PendingOutput& pending) {
  pending.dead_letter = true;
  pending.stage = error.stage;
  pending.reason = error.reason;
}

PendingOutput PendingOf(const Record& record, const Answer& answer) {
  PendingOutput pending;
  pending.recorder = &answer.recorder;
  pending.score = answer.scored.score;
  pending.offset = record.offset;
  pending.partition = record.partition;
  pending.timestamp_ms = record.timestamp_ms;
  const EventError* error = answer.scored.error;
  if (error != nullptr) MarkDeadLetter(*error, pending);
  return pending;
}

}  // namespace

OffsetTracker::Handle Worker::HandleOf(const Record& record) {
  const auto partition = static_cast<std::size_t>(record.partition);
  if (handles_.size() <= partition) handles_.resize(partition + 1, nullptr);
  OffsetTracker::Handle& handle = handles_[partition];
  if (handle == nullptr) {
    handle = tracker_.Partition(
        {.topic = std::string(record.topic), .partition = record.partition},
        record.offset);
  }
  return handle;
}

PendingOutput& Worker::PendingAt(std::uint64_t token) {
  return pending_[token & (kMaxInFlight - 1)];
}

void Worker::Emit(const Record& record, const Answer& answer,
                  std::int64_t now_us) {
  OffsetTracker::Handle handle = HandleOf(record);
  if (OffsetTracker::TakeDone(handle, record.offset)) {
    tracker_.Finish(tracker_.Begin(handle, record.offset));
    return;
  }
  Note(record, answer.scored.error);
  Produce(record, Encode(record, answer, now_us), PendingOf(record, answer),
          *answer.model.model);
}

/// For people to look at, when it is a dead letter.
void Worker::Note(const Record& record, const EventError* error) {
  if (error == nullptr || dead_letters_ == nullptr) return;
  dead_letters_->Add(record, *error, clock_.Now());
}

OutRecord Worker::Encode(const Record& record, const Answer& answer,
                         std::int64_t now_us) {
  const SteadyTime start = clock_.Steady();
  const EventError* error = answer.scored.error;
  OutRecord out =
      error == nullptr
          ? builder_.Prediction(record, answer.scored, answer.model, now_us)
          : builder_.DeadLetter(record, *error, *answer.model.model,
                                OutputBuilder::Content::kWhole);
  encode_time_ += clock_.Steady() - start;
  return out;
}

void Worker::Produce(const Record& record, OutRecord out, PendingOutput pending,
                     const LoadedModel& model) {
  using Content = OutputBuilder::Content;
  const std::uint64_t token = tracker_.Begin(HandleOf(record), record.offset);
  PendingAt(token) = pending;
  ProduceResult result = ProduceWhenRoom(out, token);
  for (const Content content :
       {Content::kWhole, Content::kWithoutTime, Content::kNothing}) {
    if (result != ProduceResult::kTooLarge &&
        result != ProduceResult::kRejected) {
      break;
    }
    const EventError error = RefusedByBroker(ToStatus(result));
    MarkDeadLetter(error, PendingAt(token));
    Note(record, &error);
    result = ProduceWhenRoom(builder_.DeadLetter(record, error, model, content),
                             token);
  }
  if (result == ProduceResult::kQueued) {
    ++unreported_;
  } else {
    WantRewind(kRetryDelay);
  }
}

ProduceResult Worker::ProduceWhenRoom(OutRecord out, std::uint64_t token) {
  out.token = token;
  // Not for ever: the group wants to be polled. Whoever gets no room rewinds.
  const SteadyTime end = clock_.Steady() + kRoomTimeout;
  ProduceResult result = sink_.Produce(out);
  while (result == ProduceResult::kQueueFull && clock_.Steady() < end) {
    TakeReports(milliseconds(10));
    CheckFatal();
    if (fatal_) break;
    result = sink_.Produce(out);
  }
  return result;
}

DeliveryStatus Worker::ProduceAndWait(OutRecord out, std::uint64_t token) {
  const ProduceResult result = ProduceWhenRoom(out, token);
  if (result == ProduceResult::kQueueFull) return DeliveryStatus::kFailed;
  if (result != ProduceResult::kQueued) return ToStatus(result);
  ++unreported_;
  sink_.Hurry();
  const SteadyTime end = clock_.Steady() + options_.drain_timeout;
  while (!fatal_ && clock_.Steady() < end) {
    std::optional<DeliveryStatus> status;
    const std::int64_t now_ms = Milliseconds(clock_.Now());
    for (const Delivery& report : sink_.Poll(milliseconds(20))) {
      if (report.token == token) {
        status = report.status;
        --unreported_;
      } else {
        TakeReport(report, now_ms);
      }
    }
    if (status) return *status;
    CheckFatal();
  }
  // Its report is still to come, and is waited for before the rewind.
  return DeliveryStatus::kFailed;
}

/// A record the broker refused, perhaps only as the neighbour of another in
/// its batch. Alone, the answer can be believed.
void Worker::EmitSuspect(const Record& record, const Answer& answer,
                         std::int64_t now_us) {
  using Content = OutputBuilder::Content;
  Settle(options_.drain_timeout);
  if (unreported_ > 0) return WantRewind(kRetryDelay);
  const std::uint64_t token = tracker_.Begin(HandleOf(record), record.offset);
  PendingOutput& pending = PendingAt(token) = PendingOf(record, answer);
  Note(record, answer.scored.error);
  DeliveryStatus status = ProduceAndWait(Encode(record, answer, now_us), token);
  for (const Content content :
       {Content::kWhole, Content::kWithoutTime, Content::kNothing}) {
    if (status == DeliveryStatus::kDelivered ||
        status == DeliveryStatus::kFailed) {
      break;
    }
    const EventError error = RefusedByBroker(status);
    MarkDeadLetter(error, pending);
    Note(record, &error);
    status = ProduceAndWait(
        builder_.DeadLetter(record, error, *answer.model.model, content),
        token);
  }
  if (status == DeliveryStatus::kFailed) return WantRewind(kRetryDelay);
  tracker_.Finish(token);
  suspects_.erase({record.partition, record.offset});
  if (status == DeliveryStatus::kDelivered) {
    CountDelivered(pending, Milliseconds(clock_.Now()));
  } else {
    spdlog::error(
        "the broker refuses even the short dead letter of {}/{}/{}; "
        "the event is counted as failed",
        record.topic, record.partition, record.offset);
    metrics_.CountFailed();
  }
}

void Worker::TakeReports(milliseconds timeout) {
  const std::span<const Delivery> reports = sink_.Poll(timeout);
  if (reports.empty()) return;
  const std::int64_t now_ms = Milliseconds(clock_.Now());
  for (const Delivery& report : reports) TakeReport(report, now_ms);
  Publish();
  DropOldRecorders();
}

void Worker::Publish() {
  metrics_.Publish();
  recorders_.Publish();
}

void Worker::TakeReport(const Delivery& report, std::int64_t now_ms) {
  unreported_ -= unreported_ > 0 ? 1 : 0;
  // Of a partition that has gone: no longer ours to count or to repeat.
  if (!tracker_.Holds(report.token)) return;
  const PendingOutput& pending = PendingAt(report.token);
  switch (report.status) {
    case DeliveryStatus::kDelivered:
      if (tracker_.Finish(report.token)) CountDelivered(pending, now_ms);
      return;
    case DeliveryStatus::kTooLarge:
    case DeliveryStatus::kRejected:
      suspects_[{pending.partition, pending.offset}] = report.status;
      WantRewind(milliseconds(0));
      return;
    case DeliveryStatus::kFailed:
      WantRewind(kRetryDelay);
      return;
  }
}

void Worker::CountDelivered(const PendingOutput& pending, std::int64_t now_ms) {
  if (pending.dead_letter) {
    metrics_.CountDeadLetter(pending.stage, pending.reason);
    pending.recorder->CountDeadLetter();
    return;
  }
  metrics_.CountScored();
  pending.recorder->CountScored();
  ObserveDelivered(*pending.recorder, pending.score, pending.timestamp_ms,
                   now_ms);
}

/// Their series go with them, also on a worker that has nothing more to score.
void Worker::DropOldRecorders() {
  recorders_.DropFinished(tracker_.size() == 0
                              ? std::numeric_limits<std::uint64_t>::max()
                              : tracker_.first_token());
}

}  // namespace tidemill
