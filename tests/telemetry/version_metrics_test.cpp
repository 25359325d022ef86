#include "tidemill/telemetry/version_metrics.h"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/scrape.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const WallTime kLoaded{std::chrono::seconds(1'700'000'000)};

VersionLabels Churn(std::uint32_t version,
                    Variant variant = Variant::kChampion) {
  return {.model = "churn",
          .version = version,
          .variant = variant,
          .digest = "7c9e",
          .engine = "tree"};
}

TEST(VersionMetricsTest, ShowsWhatIsLoaded) {
  const ServiceMetrics service("churn");
  const auto version =
      service.ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded);
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(
      text, HasSubstr("tidemill_model_info{digest=\"7c9e\",engine=\"tree\","
                      "model=\"churn\",service=\"churn\",variant=\"champion\","
                      "version=\"7\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_model_loaded_timestamp_seconds{"
                              "model=\"churn\",service=\"churn\","
                              "version=\"7\"} 1700000000\n"));
}

TEST(VersionMetricsTest, TakesTheOldVersionsSeriesAway) {
  const ServiceMetrics service("churn");
  auto old = service.ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded);
  const auto now =
      service.ForVersion(Churn(8), ProbabilityBoundaries(), kLoaded);
  old.reset();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, Not(HasSubstr("version=\"7\"")));
  EXPECT_THAT(text, HasSubstr("version=\"8\""));
}

TEST(VersionMetricsTest, KeepsSeriesThatASecondHolderStillUses) {
  const ServiceMetrics service("churn");
  auto first = service.ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded);
  const auto second =
      service.ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded);
  first.reset();
  VersionRecorder recorder(second);
  recorder.ObserveScore(0.5);
  recorder.Publish();
  EXPECT_THAT(Scrape(*service.registry()),
              HasSubstr("tidemill_prediction_score_count{model=\"churn\","
                        "service=\"churn\",variant=\"champion\","
                        "version=\"7\"} 1\n"));
}

TEST(VersionMetricsTest, KeepsTheLoadTimeWhenOneOfTwoVariantsGoes) {
  const ServiceMetrics service("churn");
  auto canary = service.ForVersion(Churn(8, Variant::kCanary),
                                   ProbabilityBoundaries(), kLoaded);
  const auto champion =
      service.ForVersion(Churn(8), ProbabilityBoundaries(), kLoaded);
  canary.reset();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, Not(HasSubstr("canary")));
  EXPECT_THAT(text, HasSubstr("tidemill_model_loaded_timestamp_seconds{"));
}

TEST(VersionMetricsTest, TwoFilesThatWereNeverRegisteredMayDifferInBoundaries) {
  const ServiceMetrics service("taxi");
  const auto first = service.ForVersion(Churn(0), {1.0, 2.0}, kLoaded);
  const auto second = service.ForVersion(Churn(0), {5.0}, kLoaded);
  VersionRecorder recorder(second);
  recorder.ObserveScore(1.5);
  EXPECT_NO_THROW(recorder.Publish());
}

TEST(VersionMetricsTest, MayOutliveTheService) {
  auto service = std::make_unique<ServiceMetrics>("churn");
  const auto version =
      service->ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded);
  VersionRecorder recorder(version);
  service.reset();
  recorder.ObserveScore(0.5);
  recorder.Publish();
}

TEST(VersionMetricsTest, SwapsUnderScrapesAndWorkersLeaveOnlyTheLast) {
  const ServiceMetrics service("churn");
  {
    std::vector<std::jthread> loaders;
    for (int i = 0; i < 3; ++i) {
      loaders.emplace_back([&service] {
        for (std::uint32_t version = 1; version <= 200; ++version) {
          VersionRecorder recorder(service.ForVersion(
              Churn(version % 3), ProbabilityBoundaries(), kLoaded));
          recorder.ObserveScore(0.5);
        }
      });
    }
    for (int i = 0; i < 20; ++i) Scrape(*service.registry());
  }
  const auto last =
      service.ForVersion(Churn(9), ProbabilityBoundaries(), kLoaded);
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("version=\"9\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("version=\"1\"")));
  EXPECT_THAT(text, Not(HasSubstr("version=\"2\"")));
}

TEST(VersionRecorderTest, PublishesLatenciesAndScores) {
  const ServiceMetrics service("churn");
  VersionRecorder recorder(
      service.ForVersion(Churn(7), ProbabilityBoundaries(), kLoaded));
  recorder.ObserveLatency(milliseconds(2));
  recorder.ObserveLatency(milliseconds(-5));  // the producer's clock is ahead
  recorder.ObserveScore(0.3);
  recorder.Publish();
  const std::string text = Scrape(*service.registry());
  const std::string labels =
      "{model=\"churn\",service=\"churn\",variant=\"champion\",version=\"7\"";
  EXPECT_THAT(text, HasSubstr("tidemill_end_to_end_latency_seconds_sum" +
                              labels + "} 0.002\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_end_to_end_latency_seconds_bucket" +
                              labels + ",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_end_to_end_latency_seconds_bucket" +
                              labels + ",le=\"0.002\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_prediction_score_bucket" + labels +
                              ",le=\"0.25\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_prediction_score_bucket" + labels +
                              ",le=\"0.3\"} 1\n"));
}

TEST(ScoreBoundariesTest, TakesTheEdgesOfAShortBaseline) {
  Baseline score;
  score.edges = {2.5, 2.5, 10.0, 30.0};
  EXPECT_THAT(ScoreBoundaries(score), ElementsAre(2.5, 10.0, 30.0));
}

TEST(ScoreBoundariesTest, KeepsBothEndsOfALongBaseline) {
  Baseline score;
  for (int i = 0; i < 101; ++i) score.edges.push_back(i);
  const std::vector<double> boundaries = ScoreBoundaries(score);
  ASSERT_EQ(boundaries.size(), 20U);
  EXPECT_EQ(boundaries.front(), 0.0);
  EXPECT_EQ(boundaries.back(), 100.0);
  EXPECT_TRUE(std::ranges::is_sorted(boundaries, std::less_equal<>()));
}

TEST(ScoreBoundariesTest, HasSomeForABaselineWithoutEdges) {
  EXPECT_THAT(ScoreBoundaries(Baseline{}),
              ElementsAre(1e-3, 1e-2, 1e-1, 1, 10, 1e2, 1e3, 1e4, 1e5, 1e6));
}

}  // namespace
}  // namespace tidemill
