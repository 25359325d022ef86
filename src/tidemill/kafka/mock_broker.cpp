#include "tidemill/kafka/mock_broker.h"

#include <utility>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/client_config.h"

namespace tidemill {
namespace {

/// The client that lends the cluster its memory and its log; it talks to
/// nobody.
ClientPtr MakeHost() {
  ConfPtr config(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(config.get(), nullptr);
  return MakeClient(RD_KAFKA_PRODUCER, std::move(config));
}

}  // namespace

struct MockBroker::Parts {
  ClientPtr host = MakeHost();
  std::unique_ptr<rd_kafka_mock_cluster_t,
                  FreeWith<rd_kafka_mock_cluster_destroy>>
      cluster{rd_kafka_mock_cluster_new(host.get(), /*broker_cnt=*/1)};
};

MockBroker::MockBroker() : parts_(std::make_unique<Parts>()) {
  if (parts_->cluster == nullptr) {
    throw UnavailableError({.where = "in-process broker",
                            .expected = "a port to listen on",
                            .got = "none"});
  }
}

MockBroker::~MockBroker() = default;

std::string MockBroker::bootstrap() const {
  return rd_kafka_mock_cluster_bootstraps(handle());
}

void MockBroker::CreateTopic(const std::string& name, std::int32_t partitions) {
  const auto code = rd_kafka_mock_topic_create(
      handle(), name.c_str(), partitions, /*replication_factor=*/1);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw UnavailableError({.where = "topic '" + name + "'",
                            .expected = "that the in-process broker makes it",
                            .got = rd_kafka_err2str(code)});
  }
}

rd_kafka_mock_cluster_s* MockBroker::handle() const {
  return parts_->cluster.get();
}

}  // namespace tidemill
