#include "tidemill/kafka/kafka_log.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
// In this order; the mock's header does not include the other.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/mock_kafka.h"
#include "kafka/raw_writer.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The mock keeps no transactions: what they promise is tested on a real broker
// (kafka_log_broker_test.cpp), the ways through the library's answers here.

constexpr std::int16_t kInitProducerId = 22;
constexpr std::int16_t kEndTxn = 26;

class KafkaLogTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { broker_ = new MockBroker; }
  static void TearDownTestSuite() { delete std::exchange(broker_, nullptr); }

  KafkaLogTest() { settings_.transactional_id = "tidemill.registry.churn"; }

  std::string status() const { return topic_ + ".status"; }
  std::string audit() const { return topic_ + ".audit"; }
  std::string later() const { return topic_ + ".later"; }

  KafkaLogReader MakeReader() { return {settings_, {topic_}, events_}; }
  KafkaLogWriter MakeWriter() { return {settings_, seconds{10}, events_}; }

  static std::vector<LogRecord> ReadToEnd(KafkaLogReader& reader) {
    std::vector<LogRecord> all;
    EXPECT_TRUE(Eventually([&] {
      for (LogRecord& record : reader.Poll(milliseconds{1000})) {
        all.push_back(std::move(record));
      }
      return reader.at_end();
    }));
    return all;
  }

  static inline MockBroker* broker_ = nullptr;
  /// The tests share a broker, so each has its own.
  const std::string topic_ =
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  KafkaSettings settings_ = SettingsFor(broker_->bootstrap(), "");
  std::vector<std::string> errors_;
  KafkaEvents events_{
      .on_error = [this](std::string_view code,
                         std::string_view) { errors_.emplace_back(code); },
      .on_log = nullptr,
      .on_rebalance = nullptr};
};

TEST_F(KafkaLogTest, ReadsWhatWasWrittenInItsOrder) {
  broker_->CreateTopic(topic_, 1);
  broker_->CreateTopic(audit(), 1);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  const std::vector<LogWrite> records{{topic_, "churn@1", "a"},
                                      {audit(), "churn", "changed"},
                                      {topic_, "churn", ""}};
  writer.Write(records);

  KafkaLogReader reader = MakeReader();
  const auto read = ReadToEnd(reader);
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].topic, topic_);
  EXPECT_EQ(read[0].key, "churn@1");
  EXPECT_EQ(read[0].value, "a");
  EXPECT_EQ(read[0].offset, 0);
  EXPECT_GT(read[0].timestamp_ms, 1'600'000'000'000);
  EXPECT_EQ(read[1].key, "churn");
  EXPECT_EQ(read[1].value, "");
  EXPECT_EQ(read[1].offset, 1);
}

TEST_F(KafkaLogTest, TellsAnEmptyKeyOrValueFromNone) {
  broker_->CreateTopic(topic_, 1);
  settings_.transactional_id.reset();
  RawWriter writer(settings_);
  writer.Produce(topic_, "churn@1", std::nullopt);
  writer.Produce(topic_, std::nullopt, "");
  writer.Produce(topic_, "", "x");
  writer.Flush();

  KafkaLogReader reader = MakeReader();
  const auto read = ReadToEnd(reader);
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read[0].value, std::nullopt);
  EXPECT_EQ(read[1].key, std::nullopt);
  EXPECT_EQ(read[1].value, "");
  EXPECT_EQ(read[2].key, "");
}

TEST_F(KafkaLogTest, ReadsAllPartitionsOfAllTopics) {
  broker_->CreateTopic(topic_, 3);
  broker_->CreateTopic(status(), 2);
  settings_.transactional_id.reset();
  RawWriter writer(settings_);
  for (int i = 0; i < 3; ++i) writer.Produce(topic_, "k", "v", i);
  for (int i = 0; i < 2; ++i) writer.Produce(status(), "k", "v", i);
  writer.Flush();

  KafkaLogReader reader(settings_, {topic_, status()}, {});
  EXPECT_THAT(ReadToEnd(reader), SizeIs(5));
}

TEST_F(KafkaLogTest, TheEndOfAnEmptyTopicIsSeenWithoutWaitingForARecord) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogReader reader = MakeReader();
  EXPECT_FALSE(reader.at_end());
  EXPECT_LT(TimeOf([&] {
              EXPECT_THAT(reader.Poll(kPatience), IsEmpty());
              EXPECT_TRUE(reader.at_end());
            }),
            kPatience);
}

TEST_F(KafkaLogTest, ReadsOnAfterTheEndAndStaysThere) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogReader reader = MakeReader();
  ReadToEnd(reader);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}});
  std::vector<LogRecord> read;
  EXPECT_TRUE(Eventually([&] {
    read = reader.Poll(milliseconds{1000});
    EXPECT_TRUE(reader.at_end());
    return !read.empty();
  }));
  EXPECT_EQ(read[0].value, "1");
}

TEST_F(KafkaLogTest, ATopicThatAppearsLaterIsReadFromItsBeginning) {
  broker_->CreateTopic(topic_, 1);
  broker_->CreateTopic(later(), 1);
  rd_kafka_mock_topic_set_error(broker_->handle(), later().c_str(),
                                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  KafkaLogReader reader(settings_, {topic_, later()}, events_);
  EXPECT_TRUE(Eventually([&] {
    reader.Poll(milliseconds{100});
    return !errors_.empty();
  }));
  EXPECT_THAT(reader.Poll(milliseconds{200}), IsEmpty());
  EXPECT_FALSE(reader.at_end());
  // Told once, however often it is looked for.
  EXPECT_THAT(errors_, ElementsAre("UNKNOWN_TOPIC_OR_PART"));

  rd_kafka_mock_topic_set_error(broker_->handle(), later().c_str(),
                                RD_KAFKA_RESP_ERR_NO_ERROR);
  settings_.transactional_id.reset();
  RawWriter writer(settings_);
  writer.Produce(later(), "churn", "1");
  writer.Flush();
  const auto read = ReadToEnd(reader);
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].topic, later());
}

TEST_F(KafkaLogTest, ALargeLogComesInBatchesOfBoundedSize) {
  broker_->CreateTopic(topic_, 1);
  settings_.transactional_id.reset();
  RawWriter writer(settings_);
  const std::string large(900'000, 'x');
  for (int i = 0; i < 4; ++i) writer.Produce(topic_, "large", large);
  for (int i = 0; i < 1200; ++i) writer.Produce(topic_, "small", "x");
  writer.Flush();

  KafkaLogReader reader = MakeReader();
  std::vector<LogRecord> all;
  EXPECT_TRUE(Eventually([&] {
    auto batch = reader.Poll(milliseconds{1000});
    EXPECT_LE(batch.size(), 500U);
    for (LogRecord& record : batch) all.push_back(std::move(record));
    return reader.at_end();
  }));
  ASSERT_THAT(all, SizeIs(1204));
  EXPECT_EQ(all[3].value, large);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].offset, static_cast<std::int64_t>(i));
  }
}

TEST_F(KafkaLogTest, PropertiesForEventsDoNotChangeWhatALogIs) {
  broker_->CreateTopic(topic_, 1);
  settings_.consumer = {{"isolation.level", "read_uncommitted"},
                        {"enable.partition.eof", "false"},
                        {"auto.offset.reset", "latest"}};
  settings_.producer = {{"transaction.timeout.ms", "60000"},
                        {"message.timeout.ms", "60000"},
                        {"linger.ms", "30000"}};
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  EXPECT_LT(TimeOf([&] {
              writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}});
            }),
            seconds{10});
  KafkaLogReader reader = MakeReader();
  EXPECT_THAT(ReadToEnd(reader), SizeIs(1));
}

TEST_F(KafkaLogTest, WrongPropertiesAreRefusedByName) {
  settings_.common = {{"no.such.property", "1"}};
  EXPECT_THROW(MakeReader(), ConfigError);
  EXPECT_THROW(MakeWriter(), ConfigError);
  settings_.common.clear();
  EXPECT_THROW(KafkaLogReader(settings_, {std::string(600, 'x')}, {}),
               ConfigError);
}

TEST_F(KafkaLogTest, WithoutABrokerThereIsNothingToReadAndNoEnd) {
  settings_.bootstrap = kNoBroker;
  KafkaLogReader reader = MakeReader();
  EXPECT_LT(
      TimeOf([&] { EXPECT_THAT(reader.Poll(milliseconds{200}), IsEmpty()); }),
      seconds{5});
  EXPECT_FALSE(reader.at_end());
  EXPECT_TRUE(Eventually([&] {
    reader.Poll(milliseconds{100});
    return !errors_.empty();
  }));
  EXPECT_THAT(errors_, Contains("_TRANSPORT"));
}

TEST_F(KafkaLogTest, AWriterWithoutABrokerSaysSoInTime) {
  settings_.bootstrap = kNoBroker;
  KafkaLogWriter writer(settings_, milliseconds{300}, {});
  EXPECT_LT(TimeOf([&] {
              try {
                writer.Begin();
                ADD_FAILURE() << "no error";
              } catch (const UnavailableError& error) {
                EXPECT_THAT(error.what(), HasSubstr(kNoBroker));
              }
            }),
            seconds{5});
}

TEST_F(KafkaLogTest, AWriterBeginsAgainAfterItHasWritten) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogWriter writer = MakeWriter();
  for (int i = 0; i < 2; ++i) {
    writer.Begin();
    writer.Write(std::vector<LogWrite>{{topic_, "churn", "x"}});
  }
  KafkaLogReader reader = MakeReader();
  EXPECT_THAT(ReadToEnd(reader), SizeIs(2));
}

TEST_F(KafkaLogTest, PassingTroubleOfBeginPasses) {
  rd_kafka_mock_push_request_errors(
      broker_->handle(), kInitProducerId, 2,
      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  KafkaLogWriter writer = MakeWriter();
  EXPECT_NO_THROW(writer.Begin());
}

TEST_F(KafkaLogTest, AFencedWriterTriesAgain) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  rd_kafka_mock_push_request_errors(broker_->handle(), kEndTxn, 1,
                                    RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
  try {
    writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}});
    FAIL() << "no error";
  } catch (const TryAgainError& error) {
    EXPECT_THAT(error.what(), HasSubstr("tidemill.registry.churn"));
  }
}

// The first EndTxn may have committed before its answer was lost.
TEST_F(KafkaLogTest, AWriterFencedAfterALostAnswerDoesNotKnow) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  rd_kafka_mock_push_request_errors(broker_->handle(), kEndTxn, 2,
                                    RD_KAFKA_RESP_ERR__TRANSPORT,
                                    RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
  EXPECT_THROW(writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}}),
               UnavailableError);
}

TEST_F(KafkaLogTest, ALostAnswerAloneIsAskedForAgain) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  rd_kafka_mock_push_request_errors(broker_->handle(), kEndTxn, 1,
                                    RD_KAFKA_RESP_ERR__TRANSPORT);
  EXPECT_NO_THROW(writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}}));
}

TEST_F(KafkaLogTest, ARecordOfHostileSizeIsRefusedByItsKey) {
  broker_->CreateTopic(topic_, 1);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  try {
    writer.Write(
        std::vector<LogWrite>{{topic_, "churn@9", std::string(17 << 20, 'x')}});
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("churn@9"));
  }
}

TEST_F(KafkaLogTest, WriteGivesUpInTimeWhenItsBrokerIsGone) {
  auto broker = std::make_unique<MockBroker>();
  broker->CreateTopic(topic_, 1);
  settings_.bootstrap = broker->bootstrap();
  KafkaLogWriter writer(settings_, milliseconds{700}, {});
  writer.Begin();
  broker.reset();
  EXPECT_LT(TimeOf([&] {
              EXPECT_THROW(
                  writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}}),
                  UnavailableError);
            }),
            seconds{5});
}

TEST_F(KafkaLogTest, TopicsThatExistStayAsTheyAre) {
  broker_->CreateTopic(topic_, 1);
  broker_->CreateTopic(status(), 1);
  broker_->CreateTopic(audit(), 1);
  EXPECT_NO_THROW(
      EnsureRegistryTopics(settings_, topic_, status(), audit(), seconds{10}));
}

TEST_F(KafkaLogTest, TopicsWithoutABrokerAreUnavailable) {
  settings_.bootstrap = kNoBroker;
  EXPECT_THROW(EnsureRegistryTopics(settings_, topic_, status(), audit(),
                                    milliseconds{300}),
               UnavailableError);
}

TEST(RegistryTransactionalIdTest, IsTheServices) {
  EXPECT_EQ(RegistryTransactionalId("churn"), "tidemill.registry.churn");
}

}  // namespace
}  // namespace tidemill
