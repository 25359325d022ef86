#include "tidemill/telemetry/recent_figures.h"

#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/telemetry/partition_metrics.h"
#include "tidemill/telemetry/worker_metrics.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DoubleEq;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

const WallTime kLoaded{seconds(1'700'000'000)};

class RecentFiguresTest : public testing::Test {
 protected:
  std::shared_ptr<const VersionMetrics> Load(std::uint32_t version,
                                             Variant variant) {
    return service_.ForVersion({.model = "churn",
                                .version = version,
                                .variant = variant,
                                .digest = "7c9e",
                                .engine = "tree"},
                               ProbabilityBoundaries(), kLoaded);
  }

  void Score(std::size_t events) {
    WorkerMetrics worker(service_);
    worker.CountScored(events);
  }

  void TakeAt(int second) {
    readings_.Take(service_, SteadyTime(seconds(1000 + second)));
  }

  ServiceMetrics service_{"churn"};
  RecentReadings readings_;
};

void Answer(const std::shared_ptr<const VersionMetrics>& version, int events,
            milliseconds latency) {
  VersionRecorder recorder(version);
  for (int i = 0; i < events; ++i) {
    recorder.CountScored();
    recorder.ObserveLatency(latency);
  }
}

TEST_F(RecentFiguresTest, HasNothingBeforeTheFirstReading) {
  const RecentFigures figures = readings_.Read();
  EXPECT_EQ(figures.scored, 0U);
  EXPECT_THAT(figures.history, IsEmpty());
  EXPECT_FALSE(figures.latency_p50);
}

TEST_F(RecentFiguresTest, OneReadingHasTotalsAndNoRates) {
  Score(5);
  TakeAt(0);
  const RecentFigures figures = readings_.Read();
  EXPECT_EQ(figures.scored, 5U);
  EXPECT_EQ(figures.events_per_second, 0.0);
  EXPECT_THAT(figures.history, IsEmpty());
  EXPECT_FALSE(figures.lag_records);
  EXPECT_FALSE(figures.time_lag);
}

TEST_F(RecentFiguresTest, RatesAreOverTheLastTenSeconds) {
  Score(1000);
  for (int second = 0; second <= 20; ++second) {
    TakeAt(second);
    Score(second < 10 ? 100 : 40);
  }
  const RecentFigures figures = readings_.Read();
  EXPECT_DOUBLE_EQ(figures.events_per_second, 40.0);
  ASSERT_THAT(figures.history, SizeIs(20));
  EXPECT_DOUBLE_EQ(figures.history.front(), 100.0);
  EXPECT_DOUBLE_EQ(figures.history.back(), 40.0);
}

TEST_F(RecentFiguresTest, CountsDeadLettersAndFailuresAsEvents) {
  TakeAt(0);
  {
    WorkerMetrics worker(service_);
    worker.CountDeadLetter(Stage::kParse, Reason::kEmpty);
    worker.CountFailed(3);
  }
  TakeAt(2);
  const RecentFigures figures = readings_.Read();
  EXPECT_EQ(figures.dead_letters, 1U);
  EXPECT_EQ(figures.failed, 3U);
  EXPECT_DOUBLE_EQ(figures.dead_letters_per_second, 0.5);
  EXPECT_DOUBLE_EQ(figures.events_per_second, 2.0);
}

TEST_F(RecentFiguresTest, KeepsAMinute) {
  for (int second = 0; second < 200; ++second) {
    Score(7);
    TakeAt(second);
  }
  EXPECT_THAT(
      readings_.Read().history,
      testing::AllOf(SizeIs(RecentReadings::kHistory), Each(DoubleEq(7.0))));
}

TEST_F(RecentFiguresTest, TwoReadingsAtOneMomentDivideByNothing) {
  TakeAt(0);
  Score(10);
  TakeAt(0);
  EXPECT_EQ(readings_.Read().events_per_second, 0.0);
  EXPECT_THAT(readings_.Read().history, ElementsAre(0.0));
}

TEST_F(RecentFiguresTest, LatencyIsThatOfTheSpanOnly) {
  const auto version = Load(7, Variant::kChampion);
  Answer(version, 1000, milliseconds(900));
  TakeAt(0);
  Answer(version, 100, milliseconds(2));
  TakeAt(1);
  const RecentFigures figures = readings_.Read();
  // All 100 in (1 ms, 2 ms]: half of them is half of the bucket.
  EXPECT_THAT(figures.latency_p50, Optional(DoubleEq(0.0015)));
  EXPECT_THAT(figures.latency_p99, Optional(DoubleEq(0.00199)));
  ASSERT_THAT(figures.versions, SizeIs(1));
  EXPECT_EQ(figures.versions[0].scored, 1100U);
  EXPECT_EQ(figures.versions[0].digest, "7c9e");
  EXPECT_DOUBLE_EQ(figures.versions[0].events_per_second, 100.0);
  EXPECT_THAT(figures.versions[0].latency_p50, Optional(DoubleEq(0.0015)));
}

TEST_F(RecentFiguresTest, AnIdleServiceHasNoLatency) {
  const auto version = Load(7, Variant::kChampion);
  Answer(version, 10, milliseconds(2));
  TakeAt(0);
  TakeAt(1);
  EXPECT_FALSE(readings_.Read().latency_p50);
  EXPECT_FALSE(readings_.Read().versions.at(0).latency_p99);
}

TEST_F(RecentFiguresTest, ANewVersionsRateIsOverTheTimeItWasThere) {
  const auto champion = Load(7, Variant::kChampion);
  for (int second = 0; second <= 8; ++second) TakeAt(second);
  const auto canary = Load(8, Variant::kCanary);
  Answer(canary, 20, milliseconds(2));
  TakeAt(9);
  Answer(canary, 20, milliseconds(2));
  TakeAt(10);
  const RecentFigures figures = readings_.Read();
  ASSERT_THAT(figures.versions, SizeIs(2));
  EXPECT_EQ(figures.versions[0].variant, "champion");
  EXPECT_EQ(figures.versions[1].variant, "canary");
  EXPECT_EQ(figures.versions[1].version, 8U);
  EXPECT_DOUBLE_EQ(figures.versions[1].events_per_second, 20.0);
}

TEST_F(RecentFiguresTest, AVersionThatIsGoneIsNotShown) {
  auto old = Load(7, Variant::kChampion);
  TakeAt(0);
  old.reset();
  const auto champion = Load(8, Variant::kChampion);
  TakeAt(1);
  ASSERT_THAT(readings_.Read().versions, SizeIs(1));
  EXPECT_EQ(readings_.Read().versions[0].version, 8U);
}

TEST_F(RecentFiguresTest, CountsOfAVersionThatCameBackBeginAnew) {
  auto first = Load(7, Variant::kChampion);
  Answer(first, 100, milliseconds(200));
  TakeAt(0);
  first.reset();
  const auto again = Load(7, Variant::kChampion);
  Answer(again, 10, milliseconds(2));
  TakeAt(1);
  const RecentVersion version = readings_.Read().versions.at(0);
  EXPECT_DOUBLE_EQ(version.events_per_second, 10.0);
  EXPECT_THAT(version.latency_p50, Optional(DoubleEq(0.0015)));
}

TEST_F(RecentFiguresTest, AShadowsEventsAreThoseItScored) {
  const auto version = Load(9, Variant::kShadow);
  const auto shadow = service_.ForShadow({.model = "churn",
                                          .version = 9,
                                          .variant = Variant::kShadow,
                                          .digest = "7c9e",
                                          .engine = "tree"});
  TakeAt(0);
  shadow->CountScored(30);
  shadow->CountFailed(2);
  TakeAt(1);
  ASSERT_THAT(readings_.Read().versions, SizeIs(1));
  const RecentVersion seen = readings_.Read().versions[0];
  EXPECT_EQ(seen.variant, "shadow");
  EXPECT_EQ(seen.scored, 30U);
  EXPECT_EQ(seen.dead_letters, 2U);
  EXPECT_DOUBLE_EQ(seen.events_per_second, 32.0);
}

TEST_F(RecentFiguresTest, LagIsTheSumOfRecordsAndTheGreatestTime) {
  PartitionMetrics partitions(service_);
  const TopicPartition first{"churn.events", 0};
  const TopicPartition second{"churn.events", 1};
  partitions.Assigned(std::vector{first, second});
  const std::int64_t now_ms = 1'700'000'000'000;
  partitions.Update(first, {.lag_records = 5, .last_record_ms = now_ms - 3000},
                    kLoaded);
  partitions.Update(second, {.lag_records = 7, .last_record_ms = now_ms - 1000},
                    kLoaded);
  TakeAt(0);
  EXPECT_THAT(readings_.Read().lag_records, Optional(12U));
  EXPECT_THAT(readings_.Read().time_lag, Optional(DoubleEq(3.0)));
}

TEST_F(RecentFiguresTest, LeavesAnotherServiceInTheRegistryOut) {
  ServiceMetrics other("taxi", service_.registry());
  WorkerMetrics(other).CountScored(50);
  TakeAt(0);
  EXPECT_EQ(readings_.Read().scored, 0U);
}

}  // namespace
}  // namespace tidemill
