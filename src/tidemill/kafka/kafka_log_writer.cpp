#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/deadline.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/kafka/kafka_producer.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetryPause{50};

/// What a log needs comes last, so it wins over what suits predictions.
KafkaSettings WriterSettings(KafkaSettings settings) {
  assert(settings.transactional_id);
  settings.producer.insert(
      settings.producer.end(),
      {
          {"linger.ms", "0"},
          // Readers wait this long for a writer that was killed, unless the
          // next one begins earlier.
          {"transaction.timeout.ms", "10000"},
          // Both must be within it; Write() keeps its own time.
          {"socket.timeout.ms", "5000"},
          {"message.timeout.ms", "0"},
      });
  return settings;
}

bool IsFenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED ||
         code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

/// Errors after which librdkafka asks again, so that the answer may be about
/// the second question.
bool LosesAnswers(std::string_view code) {
  return code == "_TRANSPORT" || code == "_TIMED_OUT" ||
         code == "_ALL_BROKERS_DOWN";
}

std::string NameOf(const LogWrite& record) {
  return "Kafka topic '" + record.topic + "', key '" + record.key + "'";
}

DataError Unwritable(const LogWrite& record) {
  return DataError({.where = NameOf(record),
                    .expected = "a record that the broker takes",
                    .got = "one of " + std::to_string(record.value.size()) +
                           " bytes that it refuses"});
}

}  // namespace

struct KafkaLogWriter::Parts {
  Parts(const KafkaSettings& all, milliseconds limit, KafkaEvents listener)
      : settings(WriterSettings(all)),
        timeout(limit),
        events(std::move(listener)) {
    Connect();
  }

  void Connect();
  void WaitForBroker(Deadline deadline) const;
  void Produce(std::span<const LogWrite> records, Deadline deadline);
  ProduceResult Offer(const OutRecord& record, Deadline deadline);
  void Commit(std::span<const LogWrite> records, Deadline deadline);

  /// Calls with the time that is left until it is done, while librdkafka says
  /// that the trouble may pass. Returns the last error.
  template <typename Call>
  ErrorPtr Retry(Deadline deadline, Call call);
  /// Best effort: the broker, or the next writer, aborts what is left open.
  void Abort(Deadline deadline) const;

  [[noreturn]] void ThrowFenced() const;
  [[noreturn]] void Throw(const std::string& expected,
                          const rd_kafka_error_t* error) const;
  bool Fenced() const;

  rd_kafka_t* client() const { return producer->client(); }

  KafkaSettings settings;
  milliseconds timeout;
  KafkaEvents events;
  bool begun = false;
  bool lost_answers = false;
  std::unique_ptr<KafkaProducer> producer;
};

void KafkaLogWriter::Parts::Connect() {
  KafkaEvents ours = events;
  ours.on_error = [this](std::string_view code, std::string_view message) {
    lost_answers = lost_answers || LosesAnswers(code);
    if (events.on_error) events.on_error(code, message);
  };
  producer.reset();  // first: two of one name fence each other
  producer = std::make_unique<KafkaProducer>(settings, std::move(ours));
}

/// rd_kafka_init_transactions() without a connection would look again only
/// after half a second.
void KafkaLogWriter::Parts::WaitForBroker(Deadline deadline) const {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client(), 0, nullptr, &metadata,
                                      ToTimeout(TimeUntil(deadline)));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw UnavailableError({.where = "Kafka at " + settings.bootstrap,
                            .expected = "an answer",
                            .got = rd_kafka_err2str(code)});
  }
  rd_kafka_metadata_destroy(metadata);
}

void KafkaLogWriter::Parts::Produce(std::span<const LogWrite> records,
                                    Deadline deadline) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const LogWrite& record = records[i];
    const ProduceResult result =
        Offer({.topic = producer->OpenTopic(record.topic),
               .partition = std::nullopt,
               .key = record.key,
               .value = record.value,
               .headers = {},
               .timestamp_ms = std::nullopt,
               .token = i},
              deadline);
    if (result == ProduceResult::kQueued) {
      continue;
    }
    Abort(deadline);
    if (Fenced()) {
      ThrowFenced();
    }
    if (result != ProduceResult::kQueueFull) {
      throw Unwritable(record);
    }
    throw UnavailableError({.where = NameOf(record),
                            .expected = "that it can be written in time",
                            .got = "no such topic, or no room"});
  }
}

ProduceResult KafkaLogWriter::Parts::Offer(const OutRecord& record,
                                           Deadline deadline) {
  for (;;) {
    const ProduceResult result = producer->Produce(record);
    if (result != ProduceResult::kQueueFull || producer->FatalError() ||
        TimeUntil(deadline) == milliseconds{0}) {
      return result;
    }
    producer->Poll(std::min(kRetryPause, TimeUntil(deadline)));
  }
}

void KafkaLogWriter::Parts::Commit(std::span<const LogWrite> records,
                                   Deadline deadline) {
  const ErrorPtr error = Retry(deadline, [this](int limit) {
    return rd_kafka_commit_transaction(client(), limit);
  });
  if (error == nullptr) {
    return;
  }
  if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
    Abort(deadline);
    for (const Delivery& delivery : producer->Poll(milliseconds{0})) {
      if (delivery.status == DeliveryStatus::kTooLarge ||
          delivery.status == DeliveryStatus::kRejected) {
        throw Unwritable(records[delivery.token]);
      }
    }
  }
  Throw("that the records are known to be written", error.get());
}

template <typename Call>
ErrorPtr KafkaLogWriter::Parts::Retry(Deadline deadline, Call call) {
  for (;;) {
    ErrorPtr error(call(ToTimeout(TimeUntil(deadline))));
    if (error == nullptr || rd_kafka_error_is_retriable(error.get()) == 0 ||
        TimeUntil(deadline) <= kRetryPause) {
      return error;
    }
    rd_kafka_poll(client(), ToTimeout(kRetryPause));
  }
}

void KafkaLogWriter::Parts::Abort(Deadline deadline) const {
  const ErrorPtr ignored(
      rd_kafka_abort_transaction(client(), ToTimeout(TimeUntil(deadline))));
}

bool KafkaLogWriter::Parts::Fenced() const {
  return IsFenced(rd_kafka_fatal_error(client(), nullptr, 0));
}

void KafkaLogWriter::Parts::ThrowFenced() const {
  throw TryAgainError(
      {.where = "Kafka transactional.id '" + *settings.transactional_id + "'",
       .expected = "one writer at a time",
       .got = "another that has begun since"});
}

void KafkaLogWriter::Parts::Throw(const std::string& expected,
                                  const rd_kafka_error_t* error) const {
  rd_kafka_poll(client(), 0);  // a lost connection may not be told yet
  if ((IsFenced(rd_kafka_error_code(error)) || Fenced()) && !lost_answers) {
    ThrowFenced();
  }
  throw UnavailableError({.where = "Kafka at " + settings.bootstrap,
                          .expected = expected,
                          .got = rd_kafka_error_string(error)});
}

KafkaLogWriter::KafkaLogWriter(const KafkaSettings& settings,
                               milliseconds timeout, KafkaEvents events)
    : parts_(std::make_unique<Parts>(settings, timeout, std::move(events))) {}

KafkaLogWriter::~KafkaLogWriter() = default;

void KafkaLogWriter::Begin() {
  const Deadline deadline = DeadlineAfter(parts_->timeout);
  if (std::exchange(parts_->begun, true)) {
    parts_->Connect();  // a producer fences others once only
  }
  parts_->WaitForBroker(deadline);
  const ErrorPtr error = parts_->Retry(deadline, [this](int limit) {
    return rd_kafka_init_transactions(parts_->client(), limit);
  });
  parts_->lost_answers = false;  // nothing has been written
  if (error != nullptr) {
    parts_->Throw("to become its only writer", error.get());
  }
}

void KafkaLogWriter::Write(std::span<const LogWrite> records) {
  assert(parts_->begun);
  const Deadline deadline = DeadlineAfter(parts_->timeout);
  parts_->producer->Poll(milliseconds{0});
  parts_->lost_answers = false;
  const ErrorPtr refused(rd_kafka_begin_transaction(parts_->client()));
  if (refused != nullptr) {
    parts_->Throw("that it begins to write", refused.get());
  }
  parts_->Produce(records, deadline);
  parts_->Commit(records, deadline);
}

}  // namespace tidemill
