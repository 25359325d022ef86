#include "tidemill/kafka/delivery_status.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(DeliveryStatusTest, BlamesTheRecordOnlyForItsSizeAndContent) {
  EXPECT_EQ(ToDeliveryStatus(RD_KAFKA_RESP_ERR_NO_ERROR),
            DeliveryStatus::kDelivered);
  EXPECT_EQ(ToDeliveryStatus(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE),
            DeliveryStatus::kTooLarge);
  for (const auto code :
       {RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_INVALID_RECORD,
        RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
        RD_KAFKA_RESP_ERR_POLICY_VIOLATION}) {
    EXPECT_EQ(ToDeliveryStatus(code), DeliveryStatus::kRejected)
        << rd_kafka_err2name(code);
  }
}

TEST(DeliveryStatusTest, LetsTheRestBeTriedAgain) {
  for (const auto code :
       {RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
        RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__FENCED,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS}) {
    EXPECT_EQ(ToDeliveryStatus(code), DeliveryStatus::kFailed)
        << rd_kafka_err2name(code);
  }
}

}  // namespace
}  // namespace tidemill
