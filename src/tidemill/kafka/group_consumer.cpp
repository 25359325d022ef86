#include "tidemill/kafka/group_consumer.h"

#include <algorithm>
#include <utility>

#include "tidemill/kafka/client_config.h"
#include "tidemill/kafka/deadline.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

// Within a session timeout, so that a revocation that cannot commit does not
// hold up the whole group.
constexpr milliseconds kCommitTimeout{5000};
constexpr milliseconds kCommitRetryPause{50};
constexpr milliseconds kCloseTimeout{6000};
constexpr milliseconds kClosePollTimeout{50};

ConfPtr ConsumerConfig(const KafkaSettings& settings) {
  ConfPtr config = MakeConfig(
      settings,
      {
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "earliest"},
          {"isolation.level", "read_committed"},
          // A dead member's partitions move after this long, a rebalance is
          // noticed within a heartbeat.
          {"session.timeout.ms", "10000"},
          {"heartbeat.interval.ms", "1000"},
          // Fetches return as soon as there is a record (fetch.min.bytes is 1);
          // this bounds how long a partition just assigned waits for its turn.
          {"fetch.wait.max.ms", "100"},
          // Bytes bound the memory. A full queue is looked at again after up
          // to a second, so it must hold a second's records.
          {"queued.min.messages", "1000000"},
          {"queued.max.messages.kbytes", "65536"},
          {"socket.nagle.disable", "true"},
          {"socket.timeout.ms", "10000"},
          {"reconnect.backoff.max.ms", "1000"},
          {"topic.metadata.refresh.interval.ms", "60000"},
      },
      settings.consumer);
  SetProperty(config.get(), "group.id", settings.group);
  if (settings.group_instance_id) {
    SetProperty(config.get(), "group.instance.id", *settings.group_instance_id);
  }
  return config;
}

std::vector<std::int32_t> PartitionsOf(
    const rd_kafka_topic_partition_list_t* list) {
  std::vector<std::int32_t> partitions;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    partitions.push_back(list->elems[i].partition);
  }
  return partitions;
}

/// What time heals, within one call of Commit().
bool IsPassing(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
      return true;
    default:
      return false;
  }
}

}  // namespace

GroupConsumer::GroupConsumer(const KafkaSettings& settings, std::string topic,
                             KafkaEvents events, OnRebalance on_rebalance)
    : ClientCallbacks(std::move(events)),
      topic_(std::move(topic)),
      on_rebalance_(std::move(on_rebalance)) {
  ConfPtr config = ConsumerConfig(settings);
  // Known from the start: rd_kafka_rebalance_protocol() inside the callback
  // can hang in 2.0.2 (its issue 4527).
  cooperative_ = GetProperty(config.get(), "partition.assignment.strategy") ==
                 "cooperative-sticky";
  Attach(config.get());
  rd_kafka_conf_set_rebalance_cb(config.get(),
                                 &GroupConsumer::RebalanceCallback);
  rd_kafka_conf_set_offset_commit_cb(config.get(),
                                     &GroupConsumer::CommitCallback);
  client_ = MakeClient(RD_KAFKA_CONSUMER, std::move(config));
  ServeLog(client_.get());
  rd_kafka_poll_set_consumer(client_.get());
  topic_handle_.reset(
      rd_kafka_topic_new(client_.get(), topic_.c_str(), nullptr));
}

GroupConsumer::~GroupConsumer() { Close(); }

void GroupConsumer::Subscribe() {
  PartitionListPtr topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(),
                                    RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ReportError(code, "subscribe to '" + topic_ + "'");
  }
}

MessagePtr GroupConsumer::Poll(milliseconds timeout) {
  MessagePtr message(rd_kafka_consumer_poll(client_.get(), ToTimeout(timeout)));
  RethrowPending();
  if (message == nullptr || message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return message;
  }
  if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    ReportError(message->err, rd_kafka_message_errstr(message.get()));
  }
  return nullptr;
}

std::vector<std::int32_t> GroupConsumer::Pause(
    std::span<const std::int32_t> partitions) {
  const PartitionListPtr list = ListOf(partitions);
  rd_kafka_pause_partitions(client_.get(), list.get());
  std::vector<std::int32_t> missed;
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      missed.push_back(list->elems[i].partition);
    }
  }
  return missed;
}

void GroupConsumer::Resume(std::span<const std::int32_t> partitions) {
  rd_kafka_resume_partitions(client_.get(), ListOf(partitions).get());
}

std::vector<PartitionOffset> GroupConsumer::Seek(
    std::span<const PartitionOffset> targets) {
  PartitionListPtr list(
      rd_kafka_topic_partition_list_new(static_cast<int>(targets.size())));
  for (const PartitionOffset& target : targets) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(),
                                      target.partition)
        ->offset = target.offset;
  }
  // -1: a timeout is taken a thousand times too short in 2.0.2 (its issue
  // 4230). The answer comes from librdkafka's own thread, not from a broker.
  const ErrorPtr error(rd_kafka_seek_partitions(client_.get(), list.get(), -1));
  std::vector<PartitionOffset> missed;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& sought = list->elems[i];
    if (error != nullptr || sought.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      missed.push_back(
          {.partition = sought.partition, .offset = sought.offset});
    }
  }
  return missed;
}

CommitResult GroupConsumer::Commit(std::span<const Position> positions,
                                   CommitMode mode) {
  if (FatalError()) {
    return CommitResult::kFatal;
  }
  if (positions.empty()) {
    return CommitResult::kCommitted;
  }
  if (client_ == nullptr) {
    return CommitResult::kRetry;
  }
  PartitionListPtr offsets(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const Position& position : positions) {
    rd_kafka_topic_partition_list_add(
        offsets.get(), position.where.topic.c_str(), position.where.partition)
        ->offset = position.offset;
  }
  if (mode == CommitMode::kWait) {
    return CommitAndWait(offsets.get());
  }
  // One at a time: while the coordinator is away they would pile up.
  if (committing_ ||
      rd_kafka_commit(client_.get(), offsets.get(), /*async=*/1) !=
          RD_KAFKA_RESP_ERR_NO_ERROR) {
    return CommitResult::kRetry;
  }
  committing_ = true;
  return CommitResult::kCommitted;
}

CommitResult GroupConsumer::CommitAndWait(
    const rd_kafka_topic_partition_list_t* offsets) {
  const auto deadline = DeadlineAfter(kCommitTimeout);
  // rd_kafka_commit() would wait for a lost coordinator without end.
  const QueuePtr replies(rd_kafka_queue_new(client_.get()));
  for (;;) {
    auto code = rd_kafka_commit_queue(client_.get(), offsets, replies.get(),
                                      nullptr, nullptr);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const EventPtr reply(
          rd_kafka_queue_poll(replies.get(), ToTimeout(TimeUntil(deadline))));
      code = reply == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT
                              : rd_kafka_event_error(reply.get());
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return CommitResult::kCommitted;
    }
    if (FatalError()) {
      return CommitResult::kFatal;
    }
    if (!IsPassing(code) || TimeUntil(deadline) <= kCommitRetryPause) {
      ReportError(code,
                  "offset commit: " + std::string(rd_kafka_err2str(code)));
      return CommitResult::kRetry;
    }
    // Nothing can arrive here: this is a pause.
    const EventPtr none(
        rd_kafka_queue_poll(replies.get(), ToTimeout(kCommitRetryPause)));
  }
}

std::optional<std::int64_t> GroupConsumer::HighWatermark(
    std::int32_t partition) const {
  if (client_ == nullptr) {
    return std::nullopt;
  }
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  const auto code = rd_kafka_get_watermark_offsets(
      client_.get(), topic_.c_str(), partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) {
    return std::nullopt;
  }
  return high;
}

std::int32_t GroupConsumer::NumPartitions() {
  if (client_ == nullptr) {
    return 0;
  }
  return partition_count_.Get(client_.get(), topic_handle_.get());
}

std::optional<std::string> GroupConsumer::FatalError() const {
  return client_ == nullptr ? fatal_error_ : FatalErrorOf(client_.get());
}

void GroupConsumer::Close() {
  if (client_ == nullptr) {
    return;
  }
  closing_ = true;
  const bool left = LeaveGroup();
  fatal_error_ = FatalErrorOf(client_.get());
  topic_handle_.reset();
  if (!left || (cooperative_ && !ever_assigned_)) {
    // A client that did not close would hang, and 2.0.2 crashes in destroying
    // a cooperative one that never got an assignment (its issue 4381). The
    // process is about to end: leave it be. Nothing serves its callbacks.
    Abandon(std::move(client_));
  }
  client_.reset();
  RethrowPending();
}

bool GroupConsumer::LeaveGroup() {
  const QueuePtr events(rd_kafka_queue_new(client_.get()));
  // Not rd_kafka_consumer_close(): it waits without end (issues 4527, 4884).
  const ErrorPtr refused(
      rd_kafka_consumer_close_queue(client_.get(), events.get()));
  if (refused != nullptr) {
    return true;  // after a fatal error there is nothing to leave
  }
  const auto deadline = DeadlineAfter(kCloseTimeout);
  while (rd_kafka_consumer_closed(client_.get()) == 0) {
    if (TimeUntil(deadline) == milliseconds{0}) {
      return false;
    }
    const EventPtr event(
        rd_kafka_queue_poll(events.get(), ToTimeout(kClosePollTimeout)));
    if (event != nullptr) {
      HandleCloseEvent(event.get());
    }
  }
  return true;
}

void GroupConsumer::HandleCloseEvent(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE:
      HandleRebalance(rd_kafka_event_error(event),
                      rd_kafka_event_topic_partition_list(event));
      break;
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      CommitCallback(client_.get(), rd_kafka_event_error(event), nullptr,
                     static_cast<ClientCallbacks*>(this));
      break;
    case RD_KAFKA_EVENT_ERROR:
      ReportError(rd_kafka_event_error(event),
                  rd_kafka_event_error_string(event));
      break;
    default:
      break;
  }
}

void GroupConsumer::RebalanceCallback(
    rd_kafka_t* /*client*/, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<GroupConsumer*>(static_cast<ClientCallbacks*>(opaque))
      ->HandleRebalance(code, partitions);
}

void GroupConsumer::CommitCallback(rd_kafka_t* /*client*/,
                                   rd_kafka_resp_err_t code,
                                   rd_kafka_topic_partition_list_t* /*offsets*/,
                                   void* opaque) {
  auto* self =
      static_cast<GroupConsumer*>(static_cast<ClientCallbacks*>(opaque));
  self->committing_ = false;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    self->ReportError(code,
                      "offset commit: " + std::string(rd_kafka_err2str(code)));
  }
}

void GroupConsumer::HandleRebalance(
    rd_kafka_resp_err_t code,
    const rd_kafka_topic_partition_list_t* partitions) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      ever_assigned_ = true;
      committing_ = false;
      Assign(partitions);
      if (!closing_) {
        Tell(RebalanceKind::kAssigned, partitions);
      }
      break;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
      Tell(rd_kafka_assignment_lost(client_.get()) != 0
               ? RebalanceKind::kLost
               : RebalanceKind::kRevoked,
           partitions);
      Unassign(partitions);
      break;
    default:
      ReportError(code, "rebalance: " + std::string(rd_kafka_err2str(code)));
      rd_kafka_assign(client_.get(), nullptr);
      break;
  }
}

void GroupConsumer::Assign(const rd_kafka_topic_partition_list_t* partitions) {
  if (closing_) {
    // An assignment that crossed our leaving; taking it can hang the close.
    rd_kafka_assign(client_.get(), nullptr);
    return;
  }
  if (cooperative_) {
    const ErrorPtr error(
        rd_kafka_incremental_assign(client_.get(), partitions));
    if (error != nullptr) {
      ReportError(rd_kafka_error_code(error.get()),
                  rd_kafka_error_string(error.get()));
    }
    return;
  }
  const auto code = rd_kafka_assign(client_.get(), partitions);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ReportError(code, "assign: " + std::string(rd_kafka_err2str(code)));
  }
}

void GroupConsumer::Unassign(
    const rd_kafka_topic_partition_list_t* partitions) {
  if (cooperative_) {
    const ErrorPtr error(
        rd_kafka_incremental_unassign(client_.get(), partitions));
    if (error != nullptr) {
      ReportError(rd_kafka_error_code(error.get()),
                  rd_kafka_error_string(error.get()));
    }
    return;
  }
  rd_kafka_assign(client_.get(), nullptr);
}

void GroupConsumer::Tell(RebalanceKind what,
                         const rd_kafka_topic_partition_list_t* partitions) {
  static constexpr std::string_view kNames[] = {"assigned", "revoked", "lost"};
  ReportRebalance(kNames[static_cast<int>(what)]);
  try {
    on_rebalance_(what, PartitionsOf(partitions));
  } catch (...) {
    // The frames below are C. The rebalance must be answered all the same.
    pending_ = std::current_exception();
  }
}

void GroupConsumer::RethrowPending() {
  if (pending_ != nullptr) {
    std::rethrow_exception(std::exchange(pending_, nullptr));
  }
}

PartitionListPtr GroupConsumer::ListOf(
    std::span<const std::int32_t> partitions) const {
  PartitionListPtr list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const std::int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition);
  }
  return list;
}

}  // namespace tidemill
