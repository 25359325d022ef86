// The floor under every scorer: consume, produce a fixed JSON value with the
// source's id, key and time kept, and nothing else. What a scorer costs beyond
// this is its own.
//
//   floor BOOTSTRAP EVENTS_TOPIC PREDICTIONS_TOPIC GROUP
//
// Settings as in src/tidemill/kafka/group_consumer.cpp and kafka_producer.cpp
// where they cost something. Offsets are not committed; runs until SIGTERM.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <librdkafka/rdkafka.h>

namespace {

volatile std::sig_atomic_t stopped = 0;

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "floor: %s\n", why.c_str());
  std::exit(1);
}

using Properties = std::initializer_list<std::pair<const char*, const char*>>;

rd_kafka_conf_t* MakeConfig(const char* bootstrap, Properties properties) {
  std::array<char, 512> message{};
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(config, name, value, message.data(),
                          message.size()) != RD_KAFKA_CONF_OK) {
      Fail(message.data());
    }
  };
  set("bootstrap.servers", bootstrap);
  set("socket.nagle.disable", "true");
  for (const auto& [name, value] : properties) set(name, value);
  return config;
}

rd_kafka_t* MakeClient(rd_kafka_type_t type, rd_kafka_conf_t* config) {
  std::array<char, 512> message{};
  rd_kafka_t* client =
      rd_kafka_new(type, config, message.data(), message.size());
  if (client == nullptr) Fail(message.data());
  return client;
}

void OnDelivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message,
                void* /*opaque*/) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Fail(std::string("delivery: ") + rd_kafka_err2str(message->err));
  }
}

rd_kafka_t* MakeProducer(const char* bootstrap) {
  rd_kafka_conf_t* config =
      MakeConfig(bootstrap, {{"enable.idempotence", "true"},
                             {"acks", "all"},
                             {"linger.ms", "5"},
                             {"message.timeout.ms", "0"},
                             {"queue.buffering.max.messages", "100000"},
                             {"queue.buffering.max.kbytes", "131072"}});
  rd_kafka_conf_set_dr_msg_cb(config, OnDelivery);
  return MakeClient(RD_KAFKA_PRODUCER, config);
}

rd_kafka_t* MakeConsumer(const char* bootstrap, const char* topic,
                         const char* group) {
  rd_kafka_t* consumer = MakeClient(
      RD_KAFKA_CONSUMER,
      MakeConfig(bootstrap, {{"group.id", group},
                             {"enable.auto.commit", "false"},
                             {"enable.auto.offset.store", "false"},
                             {"auto.offset.reset", "earliest"},
                             {"isolation.level", "read_committed"},
                             {"fetch.wait.max.ms", "100"},
                             {"queued.min.messages", "1000000"},
                             {"queued.max.messages.kbytes", "65536"}}));
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* topics =
      rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Fail(rd_kafka_err2str(code));
  return consumer;
}

class Loop {
 public:
  Loop(const char* bootstrap, const char* events, const char* predictions,
       const char* group)
      : producer_(MakeProducer(bootstrap)),
        predictions_(rd_kafka_topic_new(producer_, predictions, nullptr)),
        consumer_(MakeConsumer(bootstrap, events, group)),
        queue_(rd_kafka_queue_get_consumer(consumer_)) {}

  void Run() {
    while (stopped == 0) {
      for (rd_kafka_message_t* message : Take()) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) Pass(*message);
        rd_kafka_message_destroy(message);
      }
      rd_kafka_poll(producer_, 0);
    }
    rd_kafka_flush(producer_, 10'000);
    rd_kafka_consumer_close(consumer_);
  }

 private:
  /// One message, then whatever is there already: with a timeout the batch
  /// call would wait until its array is full.
  std::span<rd_kafka_message_t*> Take() {
    batch_[0] = rd_kafka_consumer_poll(consumer_, 10);
    if (batch_[0] == nullptr) return {};
    const ssize_t more = rd_kafka_consume_batch_queue(
        queue_, 0, batch_.data() + 1, batch_.size() - 1);
    return {batch_.data(), 1 + static_cast<std::size_t>(more > 0 ? more : 0)};
  }

  void Pass(const rd_kafka_message_t& event) {
    std::array<char, 256> value{};
    const int size = std::snprintf(
        value.data(), value.size(),
        R"({"id":"%s/%d/%lld","service":"churn","model":"churn","version":0,)"
        R"("score":0.6312345678901234,"label":"Yes",)"
        R"("event_time":"2019-03-01T00:00:00.000Z"})",
        rd_kafka_topic_name(event.rkt), event.partition,
        static_cast<long long>(event.offset));
    const std::int64_t timestamp_ms =
        rd_kafka_message_timestamp(&event, nullptr);
    while (rd_kafka_producev(
               producer_, RD_KAFKA_V_RKT(predictions_),
               RD_KAFKA_V_PARTITION(event.partition),
               RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
               RD_KAFKA_V_VALUE(value.data(), static_cast<std::size_t>(size)),
               RD_KAFKA_V_KEY(event.key, event.key_len),
               RD_KAFKA_V_TIMESTAMP(timestamp_ms),
               RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer_, 10);
    }
  }

  rd_kafka_t* producer_;
  rd_kafka_topic_t* predictions_;
  rd_kafka_t* consumer_;
  rd_kafka_queue_t* queue_;
  std::array<rd_kafka_message_t*, 512> batch_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(
        stderr,
        "usage: floor BOOTSTRAP EVENTS_TOPIC PREDICTIONS_TOPIC GROUP\n");
    return 64;
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  // The process ends with it, so its clients are not taken apart.
  Loop(argv[1], argv[2], argv[3], argv[4]).Run();
  return 0;
}
