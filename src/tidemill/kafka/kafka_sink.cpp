#include "tidemill/kafka/kafka_sink.h"

#include <cassert>
#include <utility>

#include "tidemill/kafka/kafka_producer.h"
#include "tidemill/kafka/kafka_source.h"

namespace tidemill {

KafkaSink::KafkaSink(const KafkaSettings& settings, KafkaSource* source,
                     KafkaEvents events)
    : source_(source),
      producer_(std::make_unique<KafkaProducer>(settings, std::move(events))) {
  assert(!settings.transactional_id);
}

KafkaSink::~KafkaSink() = default;

int KafkaSink::OpenTopic(const std::string& name) {
  return producer_->OpenTopic(name);
}

std::int32_t KafkaSink::NumPartitions(int topic) {
  return producer_->NumPartitions(topic);
}

ProduceResult KafkaSink::Produce(const OutRecord& record) {
  return producer_->Produce(record);
}

std::span<const Delivery> KafkaSink::Poll(std::chrono::milliseconds timeout) {
  return producer_->Poll(timeout);
}

CommitResult KafkaSink::Commit(std::span<const Position> positions,
                               CommitMode mode) {
  assert(source_ != nullptr);
  return source_->Commit(positions, mode);
}

void KafkaSink::Abort() { producer_->Purge(); }

void KafkaSink::Hurry() { producer_->Hurry(); }

std::optional<std::string> KafkaSink::FatalError() const {
  return producer_->FatalError();
}

}  // namespace tidemill
