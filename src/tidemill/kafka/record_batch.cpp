#include "tidemill/kafka/record_batch.h"

#include <algorithm>
#include <utility>

namespace tidemill {
namespace {

std::optional<std::string_view> View(const void* data, std::size_t size) {
  if (data == nullptr) {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(data), size);
}

std::optional<std::int64_t> TimestampOf(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp = rd_kafka_message_timestamp(&message, &type);
  // Kafka writes -1 for a record without one.
  if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp == -1) {
    return std::nullopt;
  }
  return timestamp;
}

void AppendHeaders(const rd_kafka_message_t& message,
                   std::vector<Header>& headers) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) ==
       RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    headers.push_back({.name = name, .value = View(value, size)});
  }
}

}  // namespace

void RecordBatch::Add(MessagePtr message) {
  messages_.push_back(std::move(message));
}

void RecordBatch::Drop(std::span<const std::int32_t> partitions) {
  std::erase_if(messages_, [partitions](const MessagePtr& message) {
    return std::find(partitions.begin(), partitions.end(),
                     message->partition) != partitions.end();
  });
}

std::span<const Record> RecordBatch::Records() {
  records_.clear();
  headers_.clear();
  header_ends_.clear();
  for (const MessagePtr& message : messages_) {
    records_.push_back({.topic = topic_,
                        .partition = message->partition,
                        .offset = message->offset,
                        .timestamp_ms = TimestampOf(*message),
                        .key = View(message->key, message->key_len),
                        .value = View(message->payload, message->len),
                        .headers = {}});
    AppendHeaders(*message, headers_);
    header_ends_.push_back(headers_.size());
  }
  // Only now, for headers_ may have moved while it grew.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    records_[i].headers =
        std::span(headers_).subspan(begin, header_ends_[i] - begin);
    begin = header_ends_[i];
  }
  return records_;
}

}  // namespace tidemill
