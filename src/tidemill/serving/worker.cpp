#include "tidemill/serving/worker.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// While nothing is in flight a poll may wait; else reports want to be read.
constexpr milliseconds kIdlePoll{100};
constexpr milliseconds kBusyPoll{2};
/// Over capacity for so long, the consumer is paused, so that it can be polled
/// (its membership hangs on that) without taking records.
constexpr milliseconds kPauseAfter{1000};
constexpr milliseconds kLagInterval{1000};
/// Within a rebalance the group waits for us.
constexpr milliseconds kRevokeTimeout{5000};

}  // namespace

Worker::Worker(WorkerOptions options, RecordSource& source, RecordSink& sink,
               const ModelTable& models, ServiceMetrics& metrics,
               const Clock& clock)
    : options_(std::move(options)),
      source_(source),
      sink_(sink),
      models_(models),
      service_metrics_(metrics),
      clock_(clock),
      scorer_(options_.limits),
      builder_(options_.service),
      metrics_(metrics),
      partition_metrics_(metrics),
      pending_(kMaxInFlight) {
  topics_.predictions = sink_.OpenTopic(options_.predictions_topic);
  topics_.dead_letters = sink_.OpenTopic(options_.dead_letters_topic);
  options_.max_batch = std::min(options_.max_batch, kMaxInFlight / 2);
}

Worker::~Worker() = default;

WorkerEnd Worker::Run() {
  last_commit_ = last_lag_ = clock_.Steady();
  source_.Subscribe(*this);
  while (!stop_.load(std::memory_order_relaxed) && !fatal_) RunOnce();
  if (!fatal_) {
    Settle(options_.drain_timeout);
    CommitAll();
  }
  source_.Close();
  return fatal_ ? WorkerEnd::kFatal : WorkerEnd::kDrained;
}

void Worker::RunOnce() {
  TakeReports(milliseconds(0));
  RewindIfNeeded();
  CommitIfDue();
  UpdateLag();
  CheckFatal();
  const bool room = HasRoom();
  SetPaused(models_.Read() == nullptr ||
            (!room && clock_.Steady() - full_since_ > kPauseAfter));
  if (!room && !paused_) {
    TakeReports(kBusyPoll);
    return;
  }
  const std::span<const Record> records =
      source_.Poll(unreported_ > 0 ? kBusyPoll : kIdlePoll, options_.max_batch);
  // Read anew: the poll may have waited, and a model set meanwhile counts.
  const ModelSet* models = models_.Read();
  if (!records.empty() && models != nullptr) ScoreBatch(records, *models);
}

bool Worker::HasRoom() {
  // After a failed delivery nothing is read before the rewind.
  const bool room = tracker_.size() + options_.max_batch <= kMaxInFlight &&
                    !failed_delivery_ && !refused_delivery_;
  if (room) full_since_ = clock_.Steady();
  return room;
}

void Worker::SetPaused(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  if (paused) {
    source_.Pause();
  } else {
    source_.Resume();
  }
}

void Worker::OnAssigned(std::span<const TopicPartition> partitions) {
  handles_.clear();
  partition_metrics_.Assigned(partitions);
  LookUpPartitions();
  joined_.store(true, std::memory_order_relaxed);
}

void Worker::OnRevoked(std::span<const TopicPartition> partitions) {
  Settle(std::min(kRevokeTimeout, options_.drain_timeout));
  CommitAll();
  Forget(partitions);
}

void Worker::OnLost(std::span<const TopicPartition> partitions) {
  Forget(partitions);
}

void Worker::Forget(std::span<const TopicPartition> partitions) {
  handles_.clear();
  for (const TopicPartition& partition : partitions) {
    tracker_.Forget(partition);
    progress_.erase(partition.partition);
    std::erase_if(suspects_, [&](const auto& suspect) {
      return suspect.first.first == partition.partition;
    });
  }
  partition_metrics_.Revoked(partitions);
}

void Worker::LookUpPartitions() {
  const std::int32_t events = source_.NumPartitions();
  topics_.predictions_keep_partition =
      events > 0 && sink_.NumPartitions(topics_.predictions) == events;
  topics_.dead_letters_keep_partition =
      events > 0 && sink_.NumPartitions(topics_.dead_letters) == events;
  builder_.SetTopics(topics_);
}

void Worker::Settle(milliseconds timeout) {
  const SteadyTime deadline = clock_.Steady() + timeout;
  if (unreported_ > 0) sink_.Hurry();
  while (unreported_ > 0 && clock_.Steady() < deadline) {
    TakeReports(milliseconds(20));
  }
  if (unreported_ > 0) {
    spdlog::warn(
        "{} outputs had no delivery report after {} ms; their events "
        "are not committed and will be read again",
        unreported_, timeout.count());
  }
}

void Worker::RewindIfNeeded() {
  if (!failed_delivery_ && !refused_delivery_) return;
  if (clock_.Steady() < retry_after_) return;
  if (failed_delivery_) {
    sink_.Abort();
    unreported_ = 0;
  }
  // A refused record's neighbours go on; it is read again when they are done.
  if (unreported_ > 0) return;
  const std::vector<Position> frontiers = tracker_.Frontiers();
  source_.Rewind(frontiers);
  tracker_.Rewind();
  failed_delivery_ = false;
  refused_delivery_ = false;
}

void Worker::CommitIfDue() {
  const SteadyTime now = clock_.Steady();
  if (now - last_commit_ < options_.commit_interval) return;
  last_commit_ = now;
  const std::vector<Position> positions = tracker_.Uncommitted();
  if (positions.empty()) return;
  if (sink_.Commit(positions, CommitMode::kBackground) ==
      CommitResult::kCommitted) {
    tracker_.MarkCommitted(positions);
  }
}

void Worker::CommitAll() {
  // Also what was committed in the background: that may have failed unseen.
  const std::vector<Position> positions = tracker_.Frontiers();
  if (positions.empty()) return;
  if (sink_.Commit(positions, CommitMode::kWait) != CommitResult::kCommitted) {
    spdlog::warn(
        "offsets could not be committed; the last events may be "
        "scored again");
  }
}

void Worker::UpdateLag() {
  const SteadyTime now = clock_.Steady();
  if (now - last_lag_ < kLagInterval) return;
  last_lag_ = now;
  metrics_.SetInFlight(tracker_.in_flight());
  for (const PartitionLag& lag : source_.Lag()) {
    const auto place = progress_.find(lag.where.partition);
    if (place == progress_.end()) continue;
    partition_metrics_.Update(
        lag.where,
        {.lag_records = lag.high_watermark - place->second.next_offset,
         .last_record_ms = place->second.last_record_ms},
        clock_.Now());
  }
}

void Worker::CheckFatal() {
  std::optional<std::string> error = source_.FatalError();
  if (!error) error = sink_.FatalError();
  if (!error) return;
  fatal_ = true;
  fatal_error_ = std::move(*error);
}

}  // namespace tidemill
