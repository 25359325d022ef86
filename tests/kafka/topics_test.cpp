#include "tidemill/kafka/topics.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/mock_kafka.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// The mock makes the topics that it is asked for, and creates none on request;
// for topics that do not exist see tests/integration.

TEST(TopicsTest, DescribesInTheOrderAsked) {
  MockBroker broker;
  broker.CreateTopic("events", 3);
  broker.CreateTopic("predictions", 2);
  const std::vector<std::string> names{"predictions", "events"};
  const auto topics =
      DescribeTopics(SettingsFor(broker.bootstrap(), ""), names, seconds{10});
  ASSERT_THAT(topics, SizeIs(2));
  EXPECT_EQ(topics[0].name, "predictions");
  EXPECT_TRUE(topics[0].exists);
  EXPECT_EQ(topics[0].partitions, 2);
  EXPECT_EQ(topics[1].name, "events");
  EXPECT_EQ(topics[1].partitions, 3);
}

template <typename Call>
void ExpectUnavailable(Call call) {
  try {
    call();
    FAIL() << "no error";
  } catch (const UnavailableError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr(kNoBroker));
  }
}

TEST(TopicsTest, NamesTheBrokerThatIsAway) {
  const KafkaSettings settings = SettingsFor(kNoBroker, "");
  ExpectUnavailable([&] {
    DescribeTopics(settings, std::vector<std::string>{"events"},
                   milliseconds{300});
  });
  ExpectUnavailable([&] {
    CreateTopics(settings,
                 std::vector<TopicSpec>{
                     {.name = "events", .partitions = 1, .config = {}}},
                 milliseconds{300});
  });
}

}  // namespace
}  // namespace tidemill
