#include "tidemill/kafka/kafka_producer.h"

#include <cassert>
#include <utility>

#include "tidemill/kafka/client_config.h"
#include "tidemill/kafka/deadline.h"
#include "tidemill/kafka/delivery_status.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kOpenTimeout{500};
constexpr milliseconds kPurgePollTimeout{10};
// rd_kafka_flush(client, 0) has often ended before librdkafka's thread wakes
// to see it, and then nothing is sent. It ends earlier when all is delivered.
constexpr milliseconds kHurryTimeout{1};

ConfPtr ProducerConfig(const KafkaSettings& settings) {
  ConfPtr config = MakeConfig(settings,
                              {
                                  {"enable.idempotence", "true"},
                                  {"acks", "all"},
                                  {"linger.ms", "5"},
                                  // Retry for ever: the source waits meanwhile.
                                  {"message.timeout.ms", "0"},
                                  {"queue.buffering.max.messages", "100000"},
                                  {"queue.buffering.max.kbytes", "131072"},
                                  // The topic's own limit decides.
                                  {"message.max.bytes", "16777216"},
                                  // A name spelt wrong must not become a topic.
                                  {"allow.auto.create.topics", "false"},
                                  {"partitioner", "consistent_random"},
                                  {"socket.nagle.disable", "true"},
                                  {"socket.timeout.ms", "10000"},
                                  {"reconnect.backoff.max.ms", "1000"},
                              },
                              settings.producer);
  if (settings.transactional_id) {
    SetProperty(config.get(), "transactional.id", *settings.transactional_id);
  }
  return config;
}

/// A pointer that tells an empty text from none.
void* DataOf(const std::optional<std::string_view>& text) {
  if (!text) {
    return nullptr;
  }
  // librdkafka copies and does not write; its interface lacks the const.
  return const_cast<char*>(text->data() == nullptr ? "" : text->data());
}

std::size_t SizeOf(const std::optional<std::string_view>& text) {
  return text ? text->size() : 0;
}

HeadersPtr ToHeaders(std::span<const Header> headers) {
  if (headers.empty()) {
    return nullptr;
  }
  HeadersPtr list(rd_kafka_headers_new(headers.size()));
  for (const Header& header : headers) {
    rd_kafka_header_add(list.get(), header.name.data(),
                        static_cast<ssize_t>(header.name.size()),
                        DataOf(header.value),
                        static_cast<ssize_t>(SizeOf(header.value)));
  }
  return list;
}

/// librdkafka takes 0 for "now". A millisecond beside 1970 is nearer.
std::int64_t ToTimestamp(const std::optional<std::int64_t>& timestamp_ms) {
  if (!timestamp_ms) {
    return 0;
  }
  return *timestamp_ms == 0 ? 1 : *timestamp_ms;
}

void* ToOpaque(std::uint64_t token) {
  static_assert(sizeof(void*) >= sizeof(token));
  // The opaque is a number to us and to librdkafka: nobody follows it.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(token));
}

std::uint64_t ToToken(const void* opaque) {
  return reinterpret_cast<std::uintptr_t>(opaque);
}

}  // namespace

KafkaProducer::KafkaProducer(const KafkaSettings& settings, KafkaEvents events)
    : ClientCallbacks(std::move(events)) {
  ConfPtr config = ProducerConfig(settings);
  Attach(config.get());
  rd_kafka_conf_set_dr_msg_cb(config.get(), &KafkaProducer::OnDelivery);
  client_ = MakeClient(RD_KAFKA_PRODUCER, std::move(config));
  ServeLog(client_.get());
}

int KafkaProducer::OpenTopic(const std::string& name) {
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    if (name == rd_kafka_topic_name(topics_[i].handle.get())) {
      return static_cast<int>(i);
    }
  }
  TopicPtr handle(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  Topic& topic = topics_.emplace_back(
      Topic{.handle = std::move(handle), .partitions = {}});
  topic.partitions.Ask(client_.get(), topic.handle.get(), kOpenTimeout);
  return static_cast<int>(topics_.size()) - 1;
}

std::int32_t KafkaProducer::NumPartitions(int topic) {
  Topic& entry = topics_[static_cast<std::size_t>(topic)];
  return entry.partitions.Get(client_.get(), entry.handle.get());
}

ProduceResult KafkaProducer::Produce(const OutRecord& record) {
  assert(record.topic >= 0 &&
         static_cast<std::size_t>(record.topic) < topics_.size());
  HeadersPtr headers = ToHeaders(record.headers);
  rd_kafka_resp_err_t code = Send(
      record, record.partition.value_or(RD_KAFKA_PARTITION_UA), headers.get());
  if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION && record.partition) {
    // The topic has fewer partitions than it had.
    code = Send(record, RD_KAFKA_PARTITION_UA, headers.get());
  }
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      // The message has taken the headers.
      static_cast<void>(headers.release());
      return ProduceResult::kQueued;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return ProduceResult::kTooLarge;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return ProduceResult::kRejected;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return ProduceResult::kQueueFull;
    default:
      // No such topic (yet), or a fatal error: nothing is wrong with the
      // record, so it is the caller's to offer again.
      if (std::exchange(reported_, code) != code) {
        ReportError(code, "produce: " + std::string(rd_kafka_err2str(code)));
      }
      return ProduceResult::kQueueFull;
  }
}

rd_kafka_resp_err_t KafkaProducer::Send(const OutRecord& record,
                                        std::int32_t partition,
                                        rd_kafka_headers_t* headers) {
  // Not rd_kafka_produceva(): it may free headers twice (its issue 4522).
  return rd_kafka_producev(
      client_.get(),
      RD_KAFKA_V_RKT(
          topics_[static_cast<std::size_t>(record.topic)].handle.get()),
      RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(DataOf(record.value), SizeOf(record.value)),
      RD_KAFKA_V_KEY(DataOf(record.key), SizeOf(record.key)),
      RD_KAFKA_V_TIMESTAMP(ToTimestamp(record.timestamp_ms)),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(ToOpaque(record.token)),
      RD_KAFKA_V_END);
}

std::span<const Delivery> KafkaProducer::Poll(milliseconds timeout) {
  const Deadline deadline = DeadlineAfter(timeout);
  reported_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_poll(client_.get(), 0);
  while (arrived_.empty() && TimeUntil(deadline) > milliseconds{0}) {
    rd_kafka_poll(client_.get(), ToTimeout(TimeUntil(deadline)));
  }
  polled_.clear();
  std::swap(polled_, arrived_);
  return polled_;
}

void KafkaProducer::OnDelivery(rd_kafka_t* /*client*/,
                               const rd_kafka_message_t* message,
                               void* opaque) {
  auto* self =
      static_cast<KafkaProducer*>(static_cast<ClientCallbacks*>(opaque));
  if (self->dropping_) {
    return;
  }
  const bool delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
  self->arrived_.push_back(
      {.token = ToToken(message->_private),
       .status = ToDeliveryStatus(message->err),
       .cause = delivered ? "" : rd_kafka_err2str(message->err)});
  // Once per poll, not once per record of a failed batch.
  if (!delivered &&
      std::exchange(self->reported_, message->err) != message->err) {
    self->ReportError(message->err,
                      "delivery to '" +
                          std::string(rd_kafka_topic_name(message->rkt)) +
                          "': " + rd_kafka_err2str(message->err));
  }
}

void KafkaProducer::Purge() {
  dropping_ = true;
  // Again and again: a message may be on its way between two queues.
  do {
    rd_kafka_purge(client_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(client_.get(), ToTimeout(kPurgePollTimeout));
  } while (rd_kafka_outq_len(client_.get()) > 0);
  dropping_ = false;
  arrived_.clear();
  polled_.clear();
}

void KafkaProducer::Hurry() {
  if (rd_kafka_outq_len(client_.get()) > 0) {
    rd_kafka_flush(client_.get(), ToTimeout(kHurryTimeout));
  }
}

std::optional<std::string> KafkaProducer::FatalError() const {
  return FatalErrorOf(client_.get());
}

}  // namespace tidemill
