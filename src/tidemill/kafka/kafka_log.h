#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tidemill/core/registry_log.h"
#include "tidemill/kafka/kafka_settings.h"

namespace tidemill {

/// LogReader over librdkafka: read_committed, no group, all partitions of the
/// topics (a registry has one each; more keep their order by key).
///
/// The constructor begins to connect; the first Poll() fixes what "the end"
/// means for at_end(): what was written before it. While a transaction is open
/// there, at_end() waits for its outcome, since read_committed shows nothing
/// behind it, not even what others have committed. An end without records
/// takes fetch.wait.max.ms (50) to be seen; a new record is seen at once.
/// The settings' properties cannot change what is read.
/// Errors:  the constructor throws ConfigError. Topics that do not exist (yet)
///          are read from their beginning once they do; before, at_end() is
///          false. Trouble goes to KafkaEvents::on_error.
/// Memory:  a batch of Poll(), 8 MiB and a record at most, and per partition
///          about as much fetched ahead.
/// Threads: one at a time.
class KafkaLogReader final : public LogReader {
 public:
  KafkaLogReader(const KafkaSettings& settings,
                 const std::vector<std::string>& topics, KafkaEvents events);
  ~KafkaLogReader() override;

  std::vector<LogRecord> Poll(std::chrono::milliseconds timeout) override;
  bool at_end() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// LogWriter over librdkafka's transactional producer;
/// settings.transactional_id must be set.
///
/// The constructor begins to connect. Begin() and Write() take `timeout` at
/// most each, and some milliseconds where the broker answers; Begin() half a
/// second when another writer has left a transaction open. After Write(), or
/// an error, Begin() starts anew.
/// Errors:  the constructor throws ConfigError; Write() also DataError for a
///          record that the broker will never take, e.g. one too large. A
///          commit whose answer was lost before another writer fenced this one
///          is UnavailableError, not TryAgainError: it may have been written.
/// Threads: one at a time.
class KafkaLogWriter final : public LogWriter {
 public:
  KafkaLogWriter(const KafkaSettings& settings,
                 std::chrono::milliseconds timeout, KafkaEvents events);
  ~KafkaLogWriter() override;

  void Begin() override;
  void Write(std::span<const LogWrite> records) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// "tidemill.registry.<service>": who may write of a service.
std::string RegistryTransactionalId(const std::string& service);

/// Creates the registry's topics that are absent: one partition each, `state`
/// and `status` compacted (cleaned soon: small segments), `audit` kept for
/// ever. Errors and threads as CreateTopics(). Costs some milliseconds
/// when they are all there.
void EnsureRegistryTopics(const KafkaSettings& settings,
                          const std::string& state, const std::string& status,
                          const std::string& audit,
                          std::chrono::milliseconds timeout);

}  // namespace tidemill
