#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct rd_kafka_mock_cluster_s;

namespace tidemill {

/// A Kafka broker inside this process, on a free port of the loopback
/// interface: librdkafka's mock cluster. For the demo and for tests; real
/// clients connect to it.
///
/// It does not keep: anything after its end or beyond 5 MiB per partition
/// (older records are dropped), compaction, retention, transactions (aborted
/// records are read, offsets sent in a transaction are forgotten). It has no
/// CreateTopics() for clients, but a topic that one asks for is made, with 4
/// partitions. The first member of a group waits 3 s for
/// its partitions, later rebalances about a session timeout; an idle fetch
/// takes up to fetch.wait.max.ms: no latency measured on it means anything.
///
/// Errors:  the constructor throws UnavailableError without a port to listen
///          on; CreateTopic() when the topic cannot be made.
/// Threads: any.
class MockBroker {
 public:
  MockBroker();
  /// Clients lose their broker here.
  ~MockBroker();
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  /// HOST:PORT.
  std::string bootstrap() const;

  void CreateTopic(const std::string& name, std::int32_t partitions);

  /// For tests that make it fail.
  rd_kafka_mock_cluster_s* handle() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemill
