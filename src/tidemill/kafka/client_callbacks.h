#pragma once

#include <optional>
#include <string>

#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

/// What consumer and producer share: the way from librdkafka's callbacks to
/// KafkaEvents. The opaque of the client is this object.
class ClientCallbacks {
 public:
  explicit ClientCallbacks(KafkaEvents events);
  ClientCallbacks(const ClientCallbacks&) = delete;
  ClientCallbacks& operator=(const ClientCallbacks&) = delete;

  void ReportError(rd_kafka_resp_err_t code, std::string_view message) const;
  void ReportRebalance(std::string_view kind) const;

 protected:
  ~ClientCallbacks() = default;

  /// Before the client is made.
  void Attach(rd_kafka_conf_t* config);
  /// After it is made: its log goes to the queue that our polls serve, not to
  /// whichever thread of librdkafka's has something to say.
  void ServeLog(rd_kafka_t* client);

 private:
  static void OnError(rd_kafka_t* client, int code, const char* reason,
                      void* opaque);
  static void OnLog(const rd_kafka_t* client, int level, const char* facility,
                    const char* text);

  KafkaEvents events_;
};

/// "NAME: why" once the client can do no more.
std::optional<std::string> FatalErrorOf(rd_kafka_t* client);

}  // namespace tidemill
