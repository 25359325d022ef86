#include "tidemill/kafka/kafka_settings.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/kafka/kafka_source.h"
#include "tidemill/kafka/property_check.h"

namespace tidemill {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

KafkaSettings Settings() {
  return {.bootstrap = "127.0.0.1:1",
          .group = "g",
          .client_id = "test",
          .group_instance_id = std::nullopt,
          .transactional_id = std::nullopt,
          .common = {},
          .consumer = {},
          .producer = {}};
}

/// The text of the ConfigError that making a source throws, or nothing.
std::string SourceError(const KafkaSettings& settings) {
  try {
    const KafkaSource source(settings, "events", {});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

std::string SinkError(const KafkaSettings& settings) {
  try {
    const KafkaSink sink(settings, nullptr, {});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(KafkaSettingsTest, NamesThePropertyThatLibrdkafkaDoesNotKnow) {
  KafkaSettings settings = Settings();
  settings.common = {{"fetch.wiat.max.ms", "5"}};
  EXPECT_THAT(SourceError(settings),
              AllOf(HasSubstr("'fetch.wiat.max.ms'"),
                    HasSubstr("No such configuration property"),
                    HasSubstr("(did you mean 'fetch.wait.max.ms'?)")));
}

/// The text of the ConfigError that the check throws, or nothing.
std::string PropertyError(const std::string& name, const std::string& value) {
  try {
    CheckProperty(Settings(), name, value);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(KafkaSettingsTest, APropertyIsCheckedWithoutAClient) {
  EXPECT_EQ(PropertyError("linger.ms", "5"), "");
  EXPECT_EQ(PropertyError("fetch.wait.max.ms", "5"), "");
  EXPECT_EQ(PropertyError("group.id", "g"), "");
  EXPECT_THAT(PropertyError("linger.ms", "soon"), HasSubstr("'linger.ms'"));
  EXPECT_THAT(PropertyError("sasl.pasword", "x"),
              HasSubstr("(did you mean 'sasl.password'?)"));
  EXPECT_THAT(PropertyError("enable.auto.commit", "true"),
              HasSubstr("expected false"));
  EXPECT_THAT(PropertyError("group.id", "other"), HasSubstr("kafka.group"));
}

TEST(KafkaSettingsTest, NamesThePropertyWhoseValueLibrdkafkaRefuses) {
  KafkaSettings settings = Settings();
  settings.producer = {{"compression.codec", "best"}};
  EXPECT_THAT(SinkError(settings),
              AllOf(HasSubstr("'compression.codec'"), HasSubstr("best")));
}

TEST(KafkaSettingsTest, RefusesPropertiesThatDoNotGoTogether) {
  KafkaSettings settings = Settings();
  settings.producer = {{"acks", "1"}};
  EXPECT_THAT(SinkError(settings), HasSubstr("acks"));
}

TEST(KafkaSettingsTest, RefusesToLetLibrdkafkaCommitOffsets) {
  KafkaSettings settings = Settings();
  settings.consumer = {{"enable.auto.commit", "true"}};
  EXPECT_THAT(SourceError(settings), HasSubstr("'enable.auto.commit'"));
}

TEST(KafkaSettingsTest, TakesAPropertyThatRepeatsAPromise) {
  KafkaSettings settings = Settings();
  settings.common = {{"enable.auto.commit", "False"}, {"group.id", "g"}};
  EXPECT_EQ(SourceError(settings), "");
}

TEST(KafkaSettingsTest, RefusesAProducerThatMayRepeatRecords) {
  KafkaSettings settings = Settings();
  settings.common = {{"enable.idempotence", "false"}};
  EXPECT_THAT(SinkError(settings), HasSubstr("'enable.idempotence'"));
}

TEST(KafkaSettingsTest, RefusesASecondBootstrap) {
  KafkaSettings settings = Settings();
  settings.common = {{"bootstrap.servers", "elsewhere:9092"}};
  EXPECT_THAT(SourceError(settings),
              AllOf(HasSubstr("'bootstrap.servers'"),
                    HasSubstr("kafka.bootstrap"), HasSubstr("elsewhere")));
}

TEST(KafkaSettingsTest, RefusesATransactionalIdBesideTheSettings) {
  KafkaSettings settings = Settings();
  settings.producer = {{"transactional.id", "mine"}};
  EXPECT_THAT(SinkError(settings), HasSubstr("'transactional.id'"));
}

TEST(KafkaSettingsTest, LetsThePropertiesOfTheKindWinOverTheCommonOnes) {
  KafkaSettings settings = Settings();
  settings.common = {{"linger.ms", "not a number"}};
  settings.producer = {{"linger.ms", "7"}};
  // Each is set in its turn, so a bad one is found even when it does not count.
  EXPECT_THAT(SinkError(settings), HasSubstr("'linger.ms'"));
  settings.common = {{"linger.ms", "3"}};
  EXPECT_EQ(SinkError(settings), "");
}

}  // namespace
}  // namespace tidemill
