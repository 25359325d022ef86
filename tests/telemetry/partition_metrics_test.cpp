#include "tidemill/telemetry/partition_metrics.h"

#include <chrono>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;

const WallTime kNow{std::chrono::seconds(1'000)};
const TopicPartition kThree{"churn.events", 3};
const TopicPartition kFour{"churn.events", 4};
constexpr const char* kLabelsOfThree =
    "{partition=\"3\",service=\"churn\",topic=\"churn.events\"}";

class PartitionMetricsTest : public testing::Test {
 protected:
  std::string Text() const { return Scrape(*service_.registry()); }

  ServiceMetrics service_{"churn"};
};

TEST_F(PartitionMetricsTest, ShowsLagTimeLagAndLastRecord) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree});
  worker.Update(kThree, {.lag_records = 12, .last_record_ms = 997'500}, kNow);
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_consumer_lag_records" +
                                std::string(kLabelsOfThree) + " 12\n"));
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_time_lag_seconds" +
                                std::string(kLabelsOfThree) + " 2.5\n"));
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_last_record_timestamp_seconds" +
                                std::string(kLabelsOfThree) + " 997.5\n"));
}

TEST_F(PartitionMetricsTest, TimeLagIsZeroWhenNothingIsWaiting) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree});
  worker.Update(kThree, {.lag_records = 0, .last_record_ms = 1}, kNow);
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_time_lag_seconds" +
                                std::string(kLabelsOfThree) + " 0\n"));
}

TEST_F(PartitionMetricsTest, LeavesOutWhatIsNotKnown) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree});
  worker.Update(kThree, {.lag_records = -1, .last_record_ms = {}}, kNow);
  worker.Update(kThree, {}, kNow);
  EXPECT_THAT(Text(), Not(HasSubstr("partition=\"3\"")));
}

TEST_F(PartitionMetricsTest, AnyTimestampIsTaken) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree});
  for (const std::int64_t timestamp :
       {std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    worker.Update(kThree, {.lag_records = 1, .last_record_ms = timestamp},
                  kNow);
  }
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_time_lag_seconds" +
                                std::string(kLabelsOfThree) + " 0\n"));
}

TEST_F(PartitionMetricsTest, RemovesTheSeriesOfARevokedPartition) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree, kFour});
  worker.Update(kThree, {.lag_records = 1, .last_record_ms = 1}, kNow);
  worker.Update(kFour, {.lag_records = 1, .last_record_ms = 1}, kNow);
  worker.Revoked(std::vector{kThree});
  EXPECT_THAT(Text(), Not(HasSubstr("partition=\"3\"")));
  EXPECT_THAT(Text(), HasSubstr("partition=\"4\""));
}

TEST_F(PartitionMetricsTest, ALateFigureDoesNotBringARevokedPartitionBack) {
  PartitionMetrics worker(service_);
  worker.Assigned(std::vector{kThree});
  worker.Revoked(std::vector{kThree});
  worker.Update(kThree, {.lag_records = 1, .last_record_ms = 1}, kNow);
  EXPECT_THAT(Text(), Not(HasSubstr("partition=\"3\"")));
}

TEST_F(PartitionMetricsTest,
       APartitionMayMoveToAnotherWorkerBeforeTheFirstOneLetsGo) {
  PartitionMetrics first(service_);
  PartitionMetrics second(service_);
  first.Assigned(std::vector{kThree});
  first.Update(kThree, {.lag_records = 1, .last_record_ms = {}}, kNow);
  second.Assigned(std::vector{kThree});
  second.Update(kThree, {.lag_records = 5, .last_record_ms = {}}, kNow);
  first.Revoked(std::vector{kThree});
  EXPECT_THAT(Text(), HasSubstr("tidemill_kafka_consumer_lag_records" +
                                std::string(kLabelsOfThree) + " 5\n"));
}

TEST_F(PartitionMetricsTest, CountsRebalancesAndSumsPartitionsOverWorkers) {
  PartitionMetrics first(service_);
  first.Assigned(std::vector{kThree});
  {
    PartitionMetrics second(service_);
    second.Assigned(std::vector{kFour});
    EXPECT_THAT(
        Text(),
        HasSubstr("tidemill_kafka_assigned_partitions{service=\"churn\"} 2\n"));
  }
  EXPECT_THAT(
      Text(),
      HasSubstr("tidemill_kafka_assigned_partitions{service=\"churn\"} 1\n"));
  EXPECT_THAT(
      Text(),
      HasSubstr("tidemill_kafka_rebalances_total{service=\"churn\"} 2\n"));
}

}  // namespace
}  // namespace tidemill
