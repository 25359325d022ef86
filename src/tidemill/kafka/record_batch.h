#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tidemill/core/record.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

/// Messages as they were fetched, seen as records; nothing is copied.
/// Memory: holds the fetch buffers of its messages until Clear(); its own
///         arrays grow to the largest batch and are then reused.
class RecordBatch {
 public:
  /// The text is what every record's topic() shows.
  explicit RecordBatch(std::string topic) : topic_(std::move(topic)) {}

  void Add(MessagePtr message);
  /// Drops what came from one of these partitions.
  void Drop(std::span<const std::int32_t> partitions);
  void Clear() { messages_.clear(); }

  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }

  /// Valid until the next call of any but size().
  std::span<const Record> Records();

 private:
  std::string topic_;
  std::vector<MessagePtr> messages_;
  std::vector<Record> records_;
  std::vector<Header> headers_;
  std::vector<std::size_t> header_ends_;
};

}  // namespace tidemill
