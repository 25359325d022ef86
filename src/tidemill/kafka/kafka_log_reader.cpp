#include <algorithm>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/client_callbacks.h"
#include "tidemill/kafka/client_config.h"
#include "tidemill/kafka/deadline.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxRecords = 500;
constexpr std::size_t kMaxBytes = std::size_t{8} << 20;

// A question waits behind a fetch, up to fetch.wait.max.ms, so even a Poll()
// without patience gives it that long.
constexpr milliseconds kMinAnswerTime{100};
constexpr milliseconds kMaxAnswerTime{500};
constexpr milliseconds kAskAgainWithoutAnswer{50};
constexpr milliseconds kAskAgainWhenUnknown{1000};
// Partitions are added by hand, once in months.
constexpr milliseconds kAskAgain{60000};

ConfPtr ReaderConfig(const KafkaSettings& settings) {
  ConfPtr config = MakeConfig(
      settings,
      {
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          // A record ends a fetch at once (fetch.min.bytes is 1); this is how
          // long the end of a partition takes to be seen.
          {"fetch.wait.max.ms", "50"},
          {"queued.max.messages.kbytes", "8192"},
          {"socket.nagle.disable", "true"},
          {"socket.timeout.ms", "10000"},
          {"reconnect.backoff.max.ms", "1000"},
      },
      settings.consumer);
  // Set last: what is right for events must not change what a log is.
  SetProperty(config.get(), "isolation.level", "read_committed");
  SetProperty(config.get(), "enable.partition.eof", "true");
  SetProperty(config.get(), "auto.offset.reset", "earliest");
  SetProperty(config.get(), "allow.auto.create.topics", "false");
  return config;
}

std::optional<std::string> ToText(const void* data, std::size_t size) {
  if (data == nullptr) {
    return std::nullopt;
  }
  return std::string(static_cast<const char*>(data), size);
}

LogRecord ToRecord(const rd_kafka_message_t& message) {
  return {.topic = rd_kafka_topic_name(message.rkt),
          .key = ToText(message.key, message.key_len),
          .value = ToText(message.payload, message.len),
          .offset = message.offset,
          .timestamp_ms = std::max<std::int64_t>(
              rd_kafka_message_timestamp(&message, nullptr), 0)};
}

std::size_t SizeOf(const LogRecord& record) {
  return (record.key ? record.key->size() : 0) +
         (record.value ? record.value->size() : 0);
}

struct Partition {
  std::optional<std::int64_t> end;
  bool reached = false;
};

struct Topic {
  TopicPtr handle;
  std::vector<Partition> partitions;
  Deadline ask_again{};
  rd_kafka_resp_err_t reported = RD_KAFKA_RESP_ERR_NO_ERROR;
};

}  // namespace

/// The interface of librdkafka that knows no groups: unlike rd_kafka_assign(),
/// it needs no group.id, so no coordinator and no right to a group.
struct KafkaLogReader::Parts : ClientCallbacks {
  Parts(const KafkaSettings& settings, const std::vector<std::string>& names,
        KafkaEvents events);

  std::vector<LogRecord> Poll(milliseconds timeout);

  /// Looks up and starts what is not being read yet.
  void FindPartitions(Deadline deadline);
  void Ask(Topic& topic, Deadline deadline);
  void Start(Topic& topic, int num_partitions);
  void ReportOnce(Topic& topic, rd_kafka_resp_err_t code);

  /// Waits for the first record, then takes what is there.
  void Take(milliseconds timeout, std::vector<LogRecord>& records);
  void Note(const rd_kafka_message_t& message);
  void NotePosition(const rd_kafka_message_t& message, std::int64_t next);
  Partition* Find(const rd_kafka_message_t& message);
  milliseconds TimeUntilQuestion(Deadline deadline) const;

  bool at_end = false;
  ClientPtr client;
  // These go before the client.
  QueuePtr queue;
  std::vector<Topic> topics;
};

KafkaLogReader::Parts::Parts(const KafkaSettings& settings,
                             const std::vector<std::string>& names,
                             KafkaEvents events)
    : ClientCallbacks(std::move(events)) {
  ConfPtr config = ReaderConfig(settings);
  Attach(config.get());
  client = MakeClient(RD_KAFKA_CONSUMER, std::move(config));
  ServeLog(client.get());
  // Records join errors and log lines here: one wait serves them all.
  queue.reset(rd_kafka_queue_get_main(client.get()));
  for (const std::string& name : names) {
    TopicPtr handle(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
    if (handle == nullptr) {
      throw ConfigError({.where = "Kafka topic '" + name + "'",
                         .expected = "a topic's name",
                         .got = rd_kafka_err2str(rd_kafka_last_error())});
    }
    topics.push_back({.handle = std::move(handle), .partitions = {}});
  }
}

std::vector<LogRecord> KafkaLogReader::Parts::Poll(milliseconds timeout) {
  const Deadline deadline = DeadlineAfter(timeout);
  const bool was_at_end = at_end;
  std::vector<LogRecord> records;
  do {
    FindPartitions(deadline);
    Take(TimeUntilQuestion(deadline), records);
  } while (records.empty() && at_end == was_at_end &&
           TimeUntil(deadline) > milliseconds{0});
  return records;
}

void KafkaLogReader::Parts::FindPartitions(Deadline deadline) {
  for (Topic& topic : topics) {
    if (TimeUntil(topic.ask_again) == milliseconds{0}) {
      Ask(topic, deadline);
    }
  }
}

void KafkaLogReader::Parts::Ask(Topic& topic, Deadline deadline) {
  const milliseconds patience =
      std::clamp(TimeUntil(deadline), kMinAnswerTime, kMaxAnswerTime);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client.get(), 0, topic.handle.get(),
                                      &metadata, ToTimeout(patience));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // No broker answers: it is of no use to ask for the others now.
    for (Topic& other : topics) {
      other.ask_again =
          std::max(other.ask_again, DeadlineAfter(kAskAgainWithoutAnswer));
    }
    return;
  }
  if (metadata->topic_cnt == 1) {
    ReportOnce(topic, metadata->topics[0].err);
    Start(topic, metadata->topics[0].partition_cnt);
  }
  rd_kafka_metadata_destroy(metadata);
  topic.ask_again = DeadlineAfter(
      topic.partitions.empty() ? kAskAgainWhenUnknown : kAskAgain);
}

void KafkaLogReader::Parts::Start(Topic& topic, int num_partitions) {
  while (static_cast<int>(topic.partitions.size()) < num_partitions) {
    const auto partition = static_cast<std::int32_t>(topic.partitions.size());
    if (rd_kafka_consume_start_queue(topic.handle.get(), partition,
                                     RD_KAFKA_OFFSET_BEGINNING,
                                     queue.get()) != 0) {
      ReportOnce(topic, rd_kafka_last_error());
      return;
    }
    topic.partitions.emplace_back();
  }
}

void KafkaLogReader::Parts::ReportOnce(Topic& topic, rd_kafka_resp_err_t code) {
  if (std::exchange(topic.reported, code) != code &&
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ReportError(code, "topic '" +
                          std::string(rd_kafka_topic_name(topic.handle.get())) +
                          "': " + rd_kafka_err2str(code));
  }
}

void KafkaLogReader::Parts::Take(milliseconds timeout,
                                 std::vector<LogRecord>& records) {
  const Deadline deadline = DeadlineAfter(timeout);
  const bool was_at_end = at_end;
  std::size_t bytes = 0;
  while (records.size() < kMaxRecords && bytes < kMaxBytes) {
    const bool wait = records.empty() && at_end == was_at_end;
    const MessagePtr message(rd_kafka_consume_queue(
        queue.get(), wait ? ToTimeout(TimeUntil(deadline)) : 0));
    if (message == nullptr) {
      return;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      records.push_back(ToRecord(*message));
      bytes += SizeOf(records.back());
    }
    Note(*message);
  }
}

void KafkaLogReader::Parts::Note(const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      NotePosition(message, message.offset + 1);
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      NotePosition(message, message.offset);
      break;
    default:
      ReportError(message.err, rd_kafka_message_errstr(&message));
  }
}

/// The end is the high watermark, not where read_committed stops for now: an
/// open transaction of one service may hide what another has committed behind
/// it, and a writer of that one must not decide without having seen it.
void KafkaLogReader::Parts::NotePosition(const rd_kafka_message_t& message,
                                         std::int64_t next) {
  Partition* partition = Find(message);
  if (partition == nullptr || partition->reached) {
    return;
  }
  std::int64_t low = RD_KAFKA_OFFSET_INVALID;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  // Of the last fetch; asks nobody.
  rd_kafka_get_watermark_offsets(client.get(), rd_kafka_topic_name(message.rkt),
                                 message.partition, &low, &high);
  if (high >= 0) {
    // Less than before only when the topic has been made anew.
    partition->end = std::min(partition->end.value_or(high), high);
  }
  partition->reached = partition->end && next >= *partition->end;
  at_end = at_end || std::ranges::all_of(topics, [](const Topic& topic) {
             return !topic.partitions.empty() &&
                    std::ranges::all_of(topic.partitions, &Partition::reached);
           });
}

Partition* KafkaLogReader::Parts::Find(const rd_kafka_message_t& message) {
  const std::string_view name = rd_kafka_topic_name(message.rkt);
  for (Topic& topic : topics) {
    const auto index = static_cast<std::size_t>(message.partition);
    if (name == rd_kafka_topic_name(topic.handle.get()) &&
        index < topic.partitions.size()) {
      return &topic.partitions[index];
    }
  }
  return nullptr;
}

milliseconds KafkaLogReader::Parts::TimeUntilQuestion(Deadline deadline) const {
  for (const Topic& topic : topics) {
    deadline = std::min(deadline, topic.ask_again);
  }
  return TimeUntil(deadline);
}

KafkaLogReader::KafkaLogReader(const KafkaSettings& settings,
                               const std::vector<std::string>& topics,
                               KafkaEvents events)
    : parts_(std::make_unique<Parts>(settings, topics, std::move(events))) {}

KafkaLogReader::~KafkaLogReader() = default;

std::vector<LogRecord> KafkaLogReader::Poll(milliseconds timeout) {
  return parts_->Poll(timeout);
}

bool KafkaLogReader::at_end() const { return parts_->at_end; }

}  // namespace tidemill
