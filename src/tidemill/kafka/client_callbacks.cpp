#include "tidemill/kafka/client_callbacks.h"

#include <array>
#include <utility>

#include "tidemill/kafka/client_config.h"

namespace tidemill {

ClientCallbacks::ClientCallbacks(KafkaEvents events)
    : events_(std::move(events)) {}

void ClientCallbacks::ReportError(rd_kafka_resp_err_t code,
                                  std::string_view message) const {
  if (events_.on_error) {
    events_.on_error(rd_kafka_err2name(code), message);
  }
}

void ClientCallbacks::ReportRebalance(std::string_view kind) const {
  if (events_.on_rebalance) {
    events_.on_rebalance(kind);
  }
}

void ClientCallbacks::Attach(rd_kafka_conf_t* config) {
  rd_kafka_conf_set_opaque(config, this);
  rd_kafka_conf_set_error_cb(config, &ClientCallbacks::OnError);
  if (events_.on_log) {
    SetProperty(config, "log.queue", "true");
    rd_kafka_conf_set_log_cb(config, &ClientCallbacks::OnLog);
  } else {
    rd_kafka_conf_set_log_cb(config, nullptr);
  }
}

void ClientCallbacks::ServeLog(rd_kafka_t* client) {
  if (events_.on_log) {
    rd_kafka_set_log_queue(client, nullptr);
  }
}

void ClientCallbacks::OnError(rd_kafka_t* client, int code, const char* reason,
                              void* opaque) {
  const auto* self = static_cast<const ClientCallbacks*>(opaque);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> text{};
    const auto cause = rd_kafka_fatal_error(client, text.data(), text.size());
    self->ReportError(cause, text.data());
    return;
  }
  self->ReportError(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void ClientCallbacks::OnLog(const rd_kafka_t* client, int level,
                            const char* facility, const char* text) {
  const auto* self =
      static_cast<const ClientCallbacks*>(rd_kafka_opaque(client));
  self->events_.on_log(level, facility, text);
}

std::optional<std::string> FatalErrorOf(rd_kafka_t* client) {
  std::array<char, 512> text{};
  const auto code = rd_kafka_fatal_error(client, text.data(), text.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return std::string(rd_kafka_err2name(code)) + ": " + text.data();
}

}  // namespace tidemill
