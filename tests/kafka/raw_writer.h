#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <librdkafka/rdkafka.h>

#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

/// librdkafka's producer, for what KafkaLogWriter and the sinks never do:
/// transactions that hang, records without a key or a value.
class RawWriter {
 public:
  explicit RawWriter(const KafkaSettings& settings) {
    ConfPtr config(rd_kafka_conf_new());
    Set(config.get(), "bootstrap.servers", settings.bootstrap);
    if (settings.transactional_id) {
      Set(config.get(), "transactional.id", *settings.transactional_id);
    }
    rd_kafka_conf_set_log_cb(config.get(), nullptr);
    client_.reset(
        rd_kafka_new(RD_KAFKA_PRODUCER, config.release(), nullptr, 0));
  }

  void Begin() {
    Check(rd_kafka_init_transactions(client_.get(), kTimeoutMs));
    Check(rd_kafka_begin_transaction(client_.get()));
  }

  void Produce(const std::string& topic, std::optional<std::string> key,
               std::optional<std::string> value, std::int32_t partition = 0) {
    void* const key_data = key ? key->data() : nullptr;
    void* const value_data = value ? value->data() : nullptr;
    const std::size_t key_size = key ? key->size() : 0;
    const std::size_t value_size = value ? value->size() : 0;
    Check(rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                            RD_KAFKA_V_PARTITION(partition),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                            RD_KAFKA_V_KEY(key_data, key_size),
                            RD_KAFKA_V_VALUE(value_data, value_size),
                            RD_KAFKA_V_END));
  }

  void Flush() { Check(rd_kafka_flush(client_.get(), kTimeoutMs)); }
  void Abort() { Check(rd_kafka_abort_transaction(client_.get(), kTimeoutMs)); }
  bool Commit() {
    return ErrorPtr(rd_kafka_commit_transaction(client_.get(), kTimeoutMs)) ==
           nullptr;
  }

 private:
  static constexpr int kTimeoutMs = 20000;

  static void Set(rd_kafka_conf_t* config, const char* name,
                  const std::string& value) {
    rd_kafka_conf_set(config, name, value.c_str(), nullptr, 0);
  }
  static void Check(rd_kafka_error_t* error) {
    const ErrorPtr owner(error);
    if (error != nullptr) {
      throw std::runtime_error(rd_kafka_error_string(error));
    }
  }
  static void Check(rd_kafka_resp_err_t code) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error(rd_kafka_err2str(code));
    }
  }

  ClientPtr client_;
};

}  // namespace tidemill
