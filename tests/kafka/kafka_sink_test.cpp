#include "tidemill/kafka/kafka_sink.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/mock_kafka.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int16_t kProduceRequest = 0;
constexpr const char* kNeverByItself = "900000";  // linger.ms at its greatest

/// Shares a broker: ending one takes the mock a second.
class KafkaSinkTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    broker_ = new MockBroker;
    broker_->CreateTopic("out", 4);
  }
  static void TearDownTestSuite() { delete broker_; }

  static KafkaSettings Settings(KafkaProperties properties = {}) {
    KafkaSettings settings = SettingsFor(broker_->bootstrap(), "");
    settings.producer = std::move(properties);
    return settings;
  }

  static OutRecord Record(int topic, std::uint64_t token) {
    OutRecord record;
    record.topic = topic;
    record.partition = 0;
    record.value = "value";
    record.token = token;
    return record;
  }

  /// Polls until as many reports are there.
  static std::map<std::uint64_t, DeliveryStatus> Reports(KafkaSink& sink,
                                                         std::size_t count) {
    std::map<std::uint64_t, DeliveryStatus> reports;
    EXPECT_TRUE(Eventually([&] {
      sink.Hurry();
      for (const Delivery& delivery : sink.Poll(milliseconds{20})) {
        reports.emplace(delivery.token, delivery.status);
      }
      return reports.size() >= count;
    }));
    return reports;
  }

  static void FailNextProduce(rd_kafka_resp_err_t code) {
    rd_kafka_mock_push_request_errors(broker_->handle(), kProduceRequest, 1,
                                      code);
  }

  static inline MockBroker* broker_ = nullptr;
};

TEST_F(KafkaSinkTest, ReportsDeliveriesByToken) {
  KafkaSink sink(Settings(), nullptr, {});
  const int out = sink.OpenTopic("out");
  ASSERT_EQ(sink.Produce(Record(out, 7)), ProduceResult::kQueued);
  ASSERT_EQ(sink.Produce(Record(out, ~0ULL)), ProduceResult::kQueued);
  EXPECT_THAT(Reports(sink, 2),
              ElementsAre(Pair(7, DeliveryStatus::kDelivered),
                          Pair(~0ULL, DeliveryStatus::kDelivered)));
}

TEST_F(KafkaSinkTest, OpensATopicOnce) {
  KafkaSink sink(Settings(), nullptr, {});
  const int out = sink.OpenTopic("out");
  EXPECT_EQ(sink.OpenTopic("out"), out);
  EXPECT_EQ(sink.NumPartitions(out), 4);
}

TEST_F(KafkaSinkTest, SaysWhenItsQueueIsFull) {
  KafkaSink sink(Settings({{"queue.buffering.max.messages", "2"},
                           {"linger.ms", kNeverByItself}}),
                 nullptr, {});
  const int out = sink.OpenTopic("out");
  EXPECT_EQ(sink.Produce(Record(out, 1)), ProduceResult::kQueued);
  EXPECT_EQ(sink.Produce(Record(out, 2)), ProduceResult::kQueued);
  EXPECT_EQ(sink.Produce(Record(out, 3)), ProduceResult::kQueueFull);
  Reports(sink, 2);
  EXPECT_EQ(sink.Produce(Record(out, 3)), ProduceResult::kQueued);
}

TEST_F(KafkaSinkTest, RefusesARecordBeyondItsOwnLimit) {
  KafkaSink sink(Settings({{"message.max.bytes", "1000"}}), nullptr, {});
  OutRecord record = Record(sink.OpenTopic("out"), 1);
  const std::string value(1001, 'x');
  record.value = value;
  EXPECT_EQ(sink.Produce(record), ProduceResult::kTooLarge);
}

TEST_F(KafkaSinkTest, GoesOnAfterARecordThatTheBrokerRefuses) {
  std::string code;
  KafkaSink sink(Settings(), nullptr,
                 {.on_error = [&code](std::string_view name,
                                      std::string_view) { code = name; },
                  .on_log = {},
                  .on_rebalance = {}});
  const int out = sink.OpenTopic("out");
  FailNextProduce(RD_KAFKA_RESP_ERR_INVALID_RECORD);
  sink.Produce(Record(out, 1));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(1, DeliveryStatus::kRejected)));
  EXPECT_EQ(code, "INVALID_RECORD");
  sink.Produce(Record(out, 2));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(2, DeliveryStatus::kDelivered)));
  EXPECT_EQ(sink.FatalError(), std::nullopt);
}

TEST_F(KafkaSinkTest, TellsARecordTooLargeForTheBroker) {
  KafkaSink sink(Settings(), nullptr, {});
  const int out = sink.OpenTopic("out");
  FailNextProduce(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  sink.Produce(Record(out, 1));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(1, DeliveryStatus::kTooLarge)));
}

TEST_F(KafkaSinkTest, SaysWhyARecordFailedThatIsNotAtFault) {
  KafkaSink sink(Settings(), nullptr, {});
  const int out = sink.OpenTopic("out");
  FailNextProduce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  sink.Produce(Record(out, 1));
  std::string_view cause;
  EXPECT_TRUE(Eventually([&] {
    for (const Delivery& delivery : sink.Poll(milliseconds{20})) {
      EXPECT_EQ(delivery.status, DeliveryStatus::kFailed);
      cause = delivery.cause;
    }
    return !cause.empty();
  }));
  EXPECT_EQ(cause, "Broker: Topic authorization failed");
}

TEST_F(KafkaSinkTest, TakesAPartitionThatTheTopicHasNotGotByKey) {
  KafkaSink sink(Settings(), nullptr, {});
  OutRecord record = Record(sink.OpenTopic("out"), 1);
  record.partition = 99;
  ASSERT_EQ(sink.Produce(record), ProduceResult::kQueued);
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(1, DeliveryStatus::kDelivered)));
}

TEST_F(KafkaSinkTest, AbortDropsWhatIsQueuedAndItsReports) {
  KafkaSink sink(Settings({{"linger.ms", kNeverByItself}}), nullptr, {});
  const int out = sink.OpenTopic("out");
  sink.Produce(Record(out, 1));
  sink.Produce(Record(out, 2));
  sink.Abort();
  EXPECT_THAT(sink.Poll(milliseconds{50}), IsEmpty());
  sink.Produce(Record(out, 3));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(3, DeliveryStatus::kDelivered)));
}

TEST_F(KafkaSinkTest, AbortDropsWhatIsInFlight) {
  KafkaSink sink(Settings({{"linger.ms", "0"}}), nullptr, {});
  const int out = sink.OpenTopic("out");
  sink.Produce(Record(out, 1));
  Reports(sink, 1);  // connected, and allowed to send
  rd_kafka_mock_broker_set_rtt(broker_->handle(), 1, 500);
  sink.Produce(Record(out, 2));
  EXPECT_THAT(sink.Poll(milliseconds{50}), IsEmpty());  // on its way
  sink.Abort();
  EXPECT_THAT(sink.Poll(milliseconds{0}), IsEmpty());
  rd_kafka_mock_broker_set_rtt(broker_->handle(), 1, 0);
  sink.Produce(Record(out, 3));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(3, DeliveryStatus::kDelivered)));
  EXPECT_EQ(sink.FatalError(), std::nullopt);
}

TEST_F(KafkaSinkTest, HurrySendsBeforeLingerEnds) {
  KafkaSink sink(Settings({{"linger.ms", kNeverByItself}}), nullptr, {});
  sink.Produce(Record(sink.OpenTopic("out"), 1));
  EXPECT_THAT(Reports(sink, 1),
              ElementsAre(Pair(1, DeliveryStatus::kDelivered)));
}

TEST(KafkaSinkWithoutBrokerTest, EndsWithRecordsThatNobodyTakes) {
  int errors = 0;
  const auto took = TimeOf([&errors] {
    KafkaSink sink(SettingsFor(kNoBroker, ""), nullptr,
                   {.on_error = [&errors](std::string_view,
                                          std::string_view) { ++errors; },
                    .on_log = {},
                    .on_rebalance = {}});
    OutRecord record;
    record.topic = sink.OpenTopic("out");
    record.value = "value";
    EXPECT_EQ(sink.Produce(record), ProduceResult::kQueued);
    EXPECT_TRUE(Eventually([&] {
      sink.Poll(milliseconds{20});
      return errors > 0;
    }));
  });
  EXPECT_LT(took, seconds{8});
}

}  // namespace
}  // namespace tidemill
