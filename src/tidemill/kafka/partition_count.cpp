#include "tidemill/kafka/partition_count.h"

#include "tidemill/kafka/deadline.h"

namespace tidemill {
namespace {

using std::chrono::steady_clock;

// A consumer's question waits behind its fetch, up to fetch.wait.max.ms; a
// record that arrives meanwhile ends that fetch, so it is not held up.
constexpr std::chrono::milliseconds kTimeout{500};
// Partitions are added by hand, once in months.
constexpr std::chrono::seconds kMaxAge{60};
constexpr std::chrono::seconds kAskAgainWhenUnknown{1};

}  // namespace

std::int32_t PartitionCount::Get(rd_kafka_t* client, rd_kafka_topic_t* topic) {
  if (steady_clock::now() >= ask_again_) {
    Ask(client, topic, kTimeout);
  }
  return count_;
}

void PartitionCount::Ask(rd_kafka_t* client, rd_kafka_topic_t* topic,
                         std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 0, topic, &metadata, ToTimeout(timeout)) ==
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (metadata->topic_cnt == 1 && metadata->topics[0].partition_cnt > 0) {
      count_ = metadata->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
  }
  ask_again_ =
      steady_clock::now() + (count_ > 0 ? kMaxAge : kAskAgainWhenUnknown);
}

}  // namespace tidemill
