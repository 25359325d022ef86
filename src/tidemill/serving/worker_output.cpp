// The half of the worker that turns scored events into records and delivery
// reports into progress.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "tidemill/serving/worker.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetryDelay{500};
/// How long a full queue may hold up the loop.
constexpr milliseconds kRoomTimeout{1000};
constexpr double kMaxLatencyMs = 1e9;  // 11 days

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

PendingOutput PendingOf(const Record& record) {
  PendingOutput pending;
  pending.offset = record.offset;
  pending.partition = record.partition;
  pending.timestamp_ms = record.timestamp_ms;
  return pending;
}

void MarkDeadLetter(const EventError& error, PendingOutput& pending) {
  pending.dead_letter = true;
  pending.stage = error.stage;
  pending.reason = error.reason;
}

}  // namespace

void Worker::ScoreBatch(std::span<const Record> records,
                        const ModelSet& models) {
  const ServedModel& model = models.champion;
  values_.clear();
  for (const Record& record : records) {
    values_.push_back(record.value.value_or(std::string_view()));
  }
  const std::span<const ScoredEvent> scored =
      scorer_.Score(*model.model, values_);
  const SteadyTime start = clock_.Steady();
  const std::int64_t now_us = clock_.Now().time_since_epoch().count();
  encode_time_ = {};
  for (std::size_t i = 0; i < records.size() && !fatal_; ++i) {
    // What follows a failure will be read again after the rewind.
    if (rewind_wanted_) break;
    Progress& progress = progress_[records[i].partition];
    if (drain_end_ && records[i].offset >= progress.next_offset) continue;
    if (records[i].offset >= progress.next_offset) {
      progress.next_offset = records[i].offset + 1;
      progress.last_record_ms = records[i].timestamp_ms;
    }
    if (!suspects_.empty() &&
        suspects_.contains({records[i].partition, records[i].offset})) {
      EmitSuspect(records[i], scored[i], model, now_us);
    } else {
      Emit(records[i], scored[i], model, now_us);
    }
  }
  const StageTimes& times = scorer_.times();
  metrics_.ObserveBatch(records.size());
  metrics_.ObserveStage(BatchStage::kDecode, times.decode);
  metrics_.ObserveStage(BatchStage::kFeatures, times.features);
  metrics_.ObserveStage(BatchStage::kPredict, times.predict);
  metrics_.ObserveStage(BatchStage::kEncode, encode_time_);
  metrics_.ObserveStage(BatchStage::kProduce,
                        clock_.Steady() - start - encode_time_);
  metrics_.CountIgnoredFields(scorer_.ignored_fields() - ignored_fields_);
  ignored_fields_ = scorer_.ignored_fields();
  metrics_.Publish();
}

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

VersionRecorder& Worker::RecorderOf(const ServedModel& model) {
  if (recorders_.empty() || recorders_.back().version != model.metrics.get()) {
    recorders_.push_back(
        {.version = model.metrics.get(),
         .recorder = std::make_unique<VersionRecorder>(model.metrics),
         .last_token = 0});
  }
  Recorder& last = recorders_.back();
  last.last_token = tracker_.first_token() + tracker_.size();
  return *last.recorder;
}

void Worker::Emit(const Record& record, const ScoredEvent& scored,
                  const ServedModel& model, std::int64_t now_us) {
  OffsetTracker::Handle handle = HandleOf(record);
  if (OffsetTracker::TakeDone(handle, record.offset)) {
    tracker_.Finish(tracker_.Begin(handle, record.offset));
    return;
  }
  PendingOutput pending = PendingOf(record);
  pending.recorder = &RecorderOf(model);
  pending.score = scored.score;
  if (scored.error != nullptr) MarkDeadLetter(*scored.error, pending);
  Produce(record, Encode(record, scored, model, now_us), pending, *model.model);
}

OutRecord Worker::Encode(const Record& record, const ScoredEvent& scored,
                         const ServedModel& model, std::int64_t now_us) {
  const SteadyTime start = clock_.Steady();
  OutRecord out = scored.error == nullptr
                      ? builder_.Prediction(record, scored, model, now_us)
                      : builder_.DeadLetter(record, *scored.error, *model.model,
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
void Worker::EmitSuspect(const Record& record, const ScoredEvent& scored,
                         const ServedModel& model, std::int64_t now_us) {
  using Content = OutputBuilder::Content;
  Settle(options_.drain_timeout);
  if (unreported_ > 0) return WantRewind(kRetryDelay);
  const std::uint64_t token = tracker_.Begin(HandleOf(record), record.offset);
  PendingOutput& pending = PendingAt(token) = PendingOf(record);
  pending.recorder = &RecorderOf(model);
  pending.score = scored.score;
  if (scored.error != nullptr) MarkDeadLetter(*scored.error, pending);
  DeliveryStatus status =
      ProduceAndWait(Encode(record, scored, model, now_us), token);
  for (const Content content :
       {Content::kWhole, Content::kWithoutTime, Content::kNothing}) {
    if (status == DeliveryStatus::kDelivered ||
        status == DeliveryStatus::kFailed) {
      break;
    }
    const EventError error = RefusedByBroker(status);
    MarkDeadLetter(error, pending);
    status = ProduceAndWait(
        builder_.DeadLetter(record, error, *model.model, content), token);
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
  metrics_.Publish();
  for (const Recorder& recorder : recorders_) recorder.recorder->Publish();
  while (recorders_.size() > 1 &&
         recorders_.front().last_token < tracker_.first_token()) {
    recorders_.pop_front();
  }
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
    return;
  }
  metrics_.CountScored();
  pending.recorder->ObserveScore(pending.score);
  if (!pending.timestamp_ms) return;
  // A record's timestamp may be anything; in float64 nothing overflows, and
  // one absurd record must not own the sum.
  const double latency_ms = std::clamp(
      static_cast<double>(now_ms) - static_cast<double>(*pending.timestamp_ms),
      0.0, kMaxLatencyMs);
  pending.recorder->ObserveLatency(
      std::chrono::microseconds(static_cast<std::int64_t>(latency_ms * 1e3)));
}

/// A swap on a quiet worker: the old version's series go although nothing has
/// been scored with the new one.
void Worker::DropOldRecorders() {
  const ModelSet* models = models_.Read();
  if (models == nullptr || recorders_.empty() || tracker_.size() > 0 ||
      unreported_ > 0) {
    return;
  }
  if (recorders_.back().version != models->champion.metrics.get()) {
    recorders_.clear();
  }
}

}  // namespace tidemill
