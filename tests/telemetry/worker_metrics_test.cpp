#include "tidemill/telemetry/worker_metrics.h"

#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::Not;

TEST(WorkerMetricsTest, AddsItsCountsWhenPublished) {
  ServiceMetrics service("churn");
  WorkerMetrics worker(service);
  worker.CountScored(3);
  worker.CountScored();
  worker.CountDeadLetter(Stage::kParse, Reason::kInvalidJson);
  worker.CountFailed(2);
  worker.CountIgnoredFields(5);
  EXPECT_THAT(Scrape(*service.registry()),
              HasSubstr("tidemill_events_total{outcome=\"scored\","
                        "service=\"churn\"} 0\n"));
  worker.Publish();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"scored\","
                              "service=\"churn\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"dead_letter\","
                              "service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"failed\","
                              "service=\"churn\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_dead_letters_total{reason=\"invalid_json\","
                        "service=\"churn\",stage=\"parse\"} 1\n"));
  EXPECT_THAT(
      text, HasSubstr("tidemill_ignored_fields_total{service=\"churn\"} 5\n"));
}

TEST(WorkerMetricsTest, PublishesEachEventOnce) {
  ServiceMetrics service("churn");
  WorkerMetrics worker(service);
  worker.CountDeadLetter(Stage::kSize, Reason::kTooLarge);
  worker.Publish();
  worker.CountDeadLetter(Stage::kParse, Reason::kTooDeep);
  worker.Publish();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"dead_letter\","
                              "service=\"churn\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_dead_letters_total{reason=\"too_large\","
                        "service=\"churn\",stage=\"size\"} 1\n"));
}

TEST(WorkerMetricsTest, ShowsAnUnusualDeadLetterOnceItHappens) {
  ServiceMetrics service("churn");
  WorkerMetrics worker(service);
  const std::string series =
      "tidemill_dead_letters_total{reason=\"empty\",service=\"churn\","
      "stage=\"model\"}";
  EXPECT_THAT(Scrape(*service.registry()), Not(HasSubstr(series)));
  worker.CountDeadLetter(Stage::kModel, Reason::kEmpty);
  worker.Publish();
  EXPECT_THAT(Scrape(*service.registry()), HasSubstr(series + " 1\n"));
}

TEST(WorkerMetricsTest, DiscardForgetsAnAbortedBatch) {
  ServiceMetrics service("churn");
  WorkerMetrics worker(service);
  worker.CountScored(10);
  worker.CountDeadLetter(Stage::kParse, Reason::kInvalidJson);
  worker.ObserveBatch(11);
  worker.ObserveStage(BatchStage::kDecode, microseconds(3));
  worker.Discard();
  worker.Publish();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"scored\","
                              "service=\"churn\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_dead_letters_total{reason=\"invalid_json\","
                        "service=\"churn\",stage=\"parse\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_batch_events_count{service=\"churn\"} 0\n"));
}

TEST(WorkerMetricsTest, ObservesBatchesAndStages) {
  ServiceMetrics service("churn");
  WorkerMetrics worker(service);
  worker.ObserveBatch(256);
  worker.ObserveBatch(3);
  worker.ObserveStage(BatchStage::kPredict, microseconds(3));
  worker.Publish();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_batch_events_bucket{service=\"churn\","
                              "le=\"128\"} 1\n"
                              "tidemill_batch_events_bucket{service=\"churn\","
                              "le=\"256\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("tidemill_stage_duration_seconds_bucket{service=\"churn\","
                "stage=\"predict\",le=\"2e-06\"} 0\n"
                "tidemill_stage_duration_seconds_bucket{service=\"churn\","
                "stage=\"predict\",le=\"5e-06\"} 1\n"));
}

TEST(WorkerMetricsTest, SumsRecordsInFlightOverWorkersThatLive) {
  ServiceMetrics service("churn");
  WorkerMetrics first(service);
  first.SetInFlight(7);
  {
    WorkerMetrics second(service);
    second.SetInFlight(100);
    second.SetInFlight(5);
    EXPECT_THAT(
        Scrape(*service.registry()),
        HasSubstr("tidemill_in_flight_records{service=\"churn\"} 12\n"));
  }
  EXPECT_THAT(Scrape(*service.registry()),
              HasSubstr("tidemill_in_flight_records{service=\"churn\"} 7\n"));
}

TEST(WorkerMetricsTest, LosesNothingWhenWorkersAndScrapesRunAtOnce) {
  ServiceMetrics service("churn");
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i) {
      workers.emplace_back([&service] {
        WorkerMetrics worker(service);
        for (int batch = 0; batch < 500; ++batch) {
          worker.CountScored(2);
          worker.CountDeadLetter(Stage::kModel, Reason::kEmpty);
          worker.ObserveBatch(3);
          worker.Publish();
        }
      });
    }
    for (int i = 0; i < 20; ++i) Scrape(*service.registry());
  }
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_events_total{outcome=\"scored\","
                              "service=\"churn\"} 3000\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_dead_letters_total{reason=\"empty\","
                              "service=\"churn\",stage=\"model\"} 1500\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_batch_events_sum{service=\"churn\"} 4500\n"));
}

}  // namespace
}  // namespace tidemill
