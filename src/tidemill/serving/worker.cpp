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
constexpr std::size_t kCommitAllEvery = 10;
/// Within a rebalance the group waits for us.
constexpr milliseconds kRevokeTimeout{5000};

}  // namespace

Worker::Worker(WorkerOptions options, RecordSource& source, RecordSink& sink,
               const ModelTable& models, ServiceMetrics& metrics,
               const Clock& clock, ShadowQueue* shadows,
               RecentDeadLetters* dead_letters)
    : options_(std::move(options)),
      source_(source),
      sink_(sink),
      models_(models),
      service_metrics_(metrics),
      clock_(clock),
      groups_(options_.limits),
      shadows_(shadows),
      dead_letters_(dead_letters),
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
  if (!fatal_) Drain();
  source_.Close();
  return fatal_ ? WorkerEnd::kFatal : WorkerEnd::kDrained;
}

void Worker::Drain() {
  drain_end_ = clock_.Steady() + options_.drain_timeout;
  Settle(options_.drain_timeout);
  // What was refused or failed is settled too, so that nothing delivered
  // behind it is repeated by whoever reads on.
  while ((rewind_wanted_ || !suspects_.empty()) && !fatal_ &&
         clock_.Steady() < *drain_end_) {
    RunOnce();
  }
  Settle(options_.drain_timeout);
  if (!fatal_) CommitAll();
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
  recorders_.Retain(models);
  DropOldRecorders();
  // Known from here on, so that a rewind brings back what is not begun.
  for (const Record& record : records) HandleOf(record);
  if (records.empty()) return;
  if (models != nullptr) {
    ScoreBatch(records, *models);
  } else {
    WantRewind(milliseconds(0));
  }
}

bool Worker::HasRoom() {
  // After a failed delivery nothing is read before the rewind.
  const bool room =
      tracker_.size() + options_.max_batch <= kMaxInFlight && !rewind_wanted_;
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
  confirmed_.clear();
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
  joined_.store(false, std::memory_order_relaxed);
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
  const std::int32_t predictions = sink_.NumPartitions(topics_.predictions);
  const std::int32_t dead_letters = sink_.NumPartitions(topics_.dead_letters);
  partitions_known_ = events > 0 && predictions > 0 && dead_letters > 0;
  topics_.predictions_keep_partition = events > 0 && predictions == events;
  topics_.dead_letters_keep_partition = events > 0 && dead_letters == events;
  builder_.SetTopics(topics_);
}

void Worker::Settle(milliseconds timeout) {
  SteadyTime deadline = clock_.Steady() + timeout;
  if (drain_end_) deadline = std::min(deadline, *drain_end_);
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
  if (!rewind_wanted_ || clock_.Steady() < retry_after_) return;
  if (sink_.transactional()) {
    sink_.Abort();
    unreported_ = 0;
  }
  // What is on its way is waited for, not dropped: it may be written already,
  // and would then be written twice.
  if (unreported_ > 0) return;
  const std::vector<Position> frontiers = tracker_.Frontiers();
  source_.Rewind(frontiers);
  tracker_.Rewind();
  rewind_wanted_ = false;
}

void Worker::WantRewind(milliseconds delay) {
  rewind_wanted_ = true;
  retry_after_ = clock_.Steady() + delay;
}

void Worker::CommitIfDue() {
  const SteadyTime now = clock_.Steady();
  if (now - last_commit_ < options_.commit_interval) return;
  last_commit_ = now;
  // A commit in the background may fail unseen: now and then all again.
  const std::vector<Position> positions = ++num_commits_ % kCommitAllEvery == 0
                                              ? tracker_.Frontiers()
                                              : tracker_.Uncommitted();
  if (positions.empty()) return;
  if (sink_.Commit(positions, CommitMode::kBackground) ==
      CommitResult::kCommitted) {
    tracker_.MarkCommitted(positions);
  }
}

void Worker::CommitAll() {
  // Also what was committed in the background: that may have failed unseen.
  const std::vector<Position> positions = tracker_.Frontiers();
  if (positions.empty() || positions == confirmed_) return;
  if (sink_.Commit(positions, CommitMode::kWait) == CommitResult::kCommitted) {
    confirmed_ = positions;
  } else {
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
  if (!partitions_known_) LookUpPartitions();
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
