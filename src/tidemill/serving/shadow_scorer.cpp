#include "tidemill/serving/shadow_scorer.h"

#include <algorithm>
#include <cmath>
#include <exception>

#include <spdlog/spdlog.h>

#include "tidemill/serving/version_recorders.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookUpAgain{1000};
/// Scores of a regression within this share of the champion's are the same.
constexpr double kSameScore = 1e-3;

std::int64_t Milliseconds(WallTime time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

void Compare(const ShadowBlock::Event& event, const ScoredEvent& scored,
             const ShadowMetrics& metrics) {
  // A canary's score says nothing about the champion.
  if (!event.by_champion || !event.score) return;
  const double difference = std::abs(scored.score - *event.score);
  const bool same =
      event.label || scored.label
          ? event.label == scored.label
          : difference <= kSameScore * std::max(1.0, std::abs(*event.score));
  metrics.Compare(same, difference);
}

}  // namespace

ShadowScorer::ShadowScorer(const ShadowOptions& options, RecordSink& sink,
                           const Clock& clock)
    : options_(options),
      sink_(sink),
      clock_(clock),
      builder_(options.service),
      events_topic_(sink.OpenTopic(options.events_topic)),
      pending_(kMaxInFlight) {
  topics_.predictions = sink_.OpenTopic(options_.predictions_topic + ".shadow");
  builder_.SetTopics(topics_);
  free_.reserve(kMaxInFlight);
  for (std::uint64_t token = kMaxInFlight; token > 0; --token) {
    free_.push_back(token - 1);
  }
}

void ShadowScorer::Score(const ShadowBlock& block, const ModelSet& models) {
  if (models.shadows.empty()) return;
  LookUpPartitions();
  room_end_.reset();
  values_.clear();
  for (const ShadowBlock::Event& event : block.events()) {
    values_.push_back(event.record.value.value_or(std::string_view()));
  }
  while (scorers_.size() < models.shadows.size()) {
    scorers_.emplace_back(options_.limits);
  }
  for (std::size_t i = 0; i < models.shadows.size(); ++i) {
    ScoreWith(models.shadows[i], scorers_[i], block.events());
  }
}

void ShadowScorer::ScoreWith(const ServedModel& model, CountingScorer& scorer,
                             std::span<const ShadowBlock::Event> events) {
  std::span<const ScoredEvent> scored;
  try {
    scored = scorer.Score(model, values_);
  } catch (const std::exception& error) {
    // A challenger never takes the service down with it.
    spdlog::error("shadow {} cannot score: {}", model.model->reference(),
                  error.what());
    return model.shadow->CountFailed(events.size());
  }
  Lane& lane = LaneOf(model);
  CountInputs(events, scored, scorer.inputs(), lane.recorder);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (scored[i].error != nullptr) {
      lane.shadow->CountFailed();
    } else {
      Compare(events[i], scored[i], *lane.shadow);
      Emit(events[i], scored[i], model, lane);
    }
  }
}

void ShadowScorer::CountInputs(std::span<const ShadowBlock::Event> events,
                               std::span<const ScoredEvent> scored,
                               const ScoredInputs& inputs,
                               VersionRecorder& recorder) {
  rows_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Record& record = events[i].record;
    if (scored[i].error == nullptr &&
        recorder.Samples(record.partition, record.offset)) {
      rows_.push_back(scored[i].row);
    }
  }
  if (rows_.empty()) return;
  recorder.CountInputs(inputs.batch, inputs.features, inputs.scores, rows_);
}

ShadowScorer::Lane& ShadowScorer::LaneOf(const ServedModel& model) {
  auto place = std::find_if(
      lanes_.begin(), lanes_.end(),
      [&](const auto& lane) { return lane->version == model.metrics; });
  if (place == lanes_.end()) {
    lanes_.push_back(std::make_unique<Lane>(model));
    place = std::prev(lanes_.end());
  }
  return **place;
}

void ShadowScorer::Emit(const ShadowBlock::Event& event,
                        const ScoredEvent& scored, const ServedModel& model,
                        Lane& lane) {
  OutRecord out = builder_.Prediction(event.record, scored, model,
                                      clock_.Now().time_since_epoch().count());
  switch (ProduceWhenRoom(out)) {
    case ProduceResult::kQueued:
      free_.pop_back();
      pending_[out.token] = {.lane = &lane,
                             .score = scored.score,
                             .timestamp_ms = event.record.timestamp_ms};
      ++lane.unreported;
      return;
    case ProduceResult::kQueueFull:
      return lane.shadow->CountDropped();
    case ProduceResult::kTooLarge:
    case ProduceResult::kRejected:
      return lane.shadow->CountFailed();
  }
}

/// When it is queued, out.token is the last of free_.
ProduceResult ShadowScorer::ProduceWhenRoom(OutRecord& out) {
  while (true) {
    if (!free_.empty()) {
      out.token = free_.back();
      const ProduceResult result = sink_.Produce(out);
      if (result != ProduceResult::kQueueFull) return result;
    }
    if (!MayWait()) return ProduceResult::kQueueFull;
    TakeReports(milliseconds(10));
  }
}

bool ShadowScorer::MayWait() {
  const SteadyTime now = clock_.Steady();
  if (!room_end_) room_end_ = now + options_.room_timeout;
  return now < *room_end_ && (!drain_end_ || now < *drain_end_);
}

void ShadowScorer::TakeReports(milliseconds timeout) {
  const std::span<const Delivery> reports = sink_.Poll(timeout);
  if (reports.empty()) return;
  const std::int64_t now_ms = Milliseconds(clock_.Now());
  for (const Delivery& report : reports) TakeReport(report, now_ms);
  for (const auto& lane : lanes_) lane->recorder.Publish();
  DropFinished();
}

void ShadowScorer::TakeReport(const Delivery& report, std::int64_t now_ms) {
  Pending& pending = pending_[report.token];
  Lane& lane = *pending.lane;
  if (report.status == DeliveryStatus::kDelivered) {
    lane.shadow->CountScored();
    ObserveDelivered(lane.recorder, pending.score, pending.timestamp_ms,
                     now_ms);
  } else {
    lane.shadow->CountFailed();
  }
  --lane.unreported;
  pending = {};
  free_.push_back(report.token);
}

void ShadowScorer::Retain(const ModelSet* models) {
  for (const auto& lane : lanes_) {
    lane->retired = models == nullptr ||
                    std::none_of(models->shadows.begin(), models->shadows.end(),
                                 [&](const ServedModel& shadow) {
                                   return shadow.metrics == lane->version;
                                 });
  }
  DropFinished();
}

void ShadowScorer::DropFinished() {
  std::erase_if(lanes_, [](const auto& lane) {
    return lane->retired && lane->unreported == 0;
  });
}

void ShadowScorer::Settle() {
  if (unreported() > 0) sink_.Hurry();
  while (unreported() > 0 && drain_end_ && clock_.Steady() < *drain_end_) {
    TakeReports(milliseconds(20));
  }
  if (unreported() == 0) return;
  sink_.Abort();
  for (std::uint64_t token = 0; token < kMaxInFlight; ++token) {
    if (pending_[token].lane == nullptr) continue;
    TakeReport({.token = token, .status = DeliveryStatus::kFailed}, 0);
  }
}

void ShadowScorer::LookUpPartitions() {
  const SteadyTime now = clock_.Steady();
  if (partitions_known_ || now - last_lookup_ < kLookUpAgain) return;
  last_lookup_ = now;
  const std::int32_t events = sink_.NumPartitions(events_topic_);
  const std::int32_t results = sink_.NumPartitions(topics_.predictions);
  partitions_known_ = events > 0 && results > 0;
  topics_.predictions_keep_partition = partitions_known_ && events == results;
  builder_.SetTopics(topics_);
}

}  // namespace tidemill
