#include "tidemill/telemetry/service_metrics.h"

#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

TEST(ServiceMetricsTest, SeriesWithFixedLabelsAreThereFromTheStart) {
  const ServiceMetrics service("churn");
  const std::string text = Scrape(*service.registry());
  for (const char* series :
       {"tidemill_events_total{outcome=\"scored\",service=\"churn\"} 0",
        "tidemill_events_total{outcome=\"dead_letter\",service=\"churn\"} 0",
        "tidemill_events_total{outcome=\"failed\",service=\"churn\"} 0",
        "tidemill_dead_letters_total{reason=\"missing_field\","
        "service=\"churn\",stage=\"schema\"} 0",
        "tidemill_model_swaps_total{result=\"activated\","
        "service=\"churn\"} 0",
        "tidemill_model_swaps_total{result=\"rejected\",service=\"churn\"} 0",
        "tidemill_model_swaps_total{result=\"rolled_back\","
        "service=\"churn\"} 0",
        "tidemill_kafka_transactions_total{result=\"committed\","
        "service=\"churn\"} 0",
        "tidemill_kafka_client_errors_total{code=\"other\","
        "service=\"churn\"} 0",
        "tidemill_ready{service=\"churn\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(std::string(series) + "\n"));
  }
}

TEST(ServiceMetricsTest, SaysWhatWasBuilt) {
  const ServiceMetrics service("churn", nullptr, {.revision = "abc123"});
  EXPECT_THAT(Scrape(*service.registry()),
              HasSubstr("tidemill_build_info{compiler=\"g++ " __VERSION__
                        "\",revision=\"abc123\",service=\"churn\",version=\""));
}

TEST(ServiceMetricsTest, CountsSwapsWithTheirDuration) {
  ServiceMetrics service("churn");
  service.CountSwap(SwapResult::kRolledBack, milliseconds(3));
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text,
              HasSubstr("tidemill_model_swaps_total{result=\"rolled_back\","
                        "service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_model_swap_duration_seconds_sum{"
                              "service=\"churn\"} 0.003\n"));
}

TEST(ServiceMetricsTest, CountsTransactionsAndReadiness) {
  ServiceMetrics service("churn");
  service.CountTransaction(TransactionResult::kAborted);
  service.SetReady(true);
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text,
              HasSubstr("tidemill_kafka_transactions_total{result=\"aborted\","
                        "service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_ready{service=\"churn\"} 1\n"));
}

TEST(ServiceMetricsTest, GivesOnlySoManyErrorCodesASeries) {
  ServiceMetrics service("churn");
  for (int i = 0; i < 1000; ++i) {
    service.CountClientError("_CODE_" + std::to_string(i));
  }
  service.CountClientError("_CODE_0");
  service.CountClientError("other");
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text,
              HasSubstr("tidemill_kafka_client_errors_total{code=\"_CODE_0\","
                        "service=\"churn\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("code=\"_CODE_63\""));
  EXPECT_THAT(text, Not(HasSubstr("code=\"_CODE_64\"")));
  EXPECT_THAT(text,
              HasSubstr("tidemill_kafka_client_errors_total{code=\"other\","
                        "service=\"churn\"} 937\n"));
}

TEST(ServiceMetricsTest, EscapesQuotesNewlinesAndBackslashesInLabels) {
  const ServiceMetrics service("a \"b\"\n\\ m\xC3\xBChle \xFF");
  EXPECT_THAT(Scrape(*service.registry()),
              HasSubstr("tidemill_ready{service=\"a \\\"b\\\"\\n\\\\ "
                        "m\xC3\xBChle \xEF\xBF\xBD\"} 0\n"));
}

TEST(ServiceMetricsTest, TwoServicesMayShareARegistry) {
  const auto registry = std::make_shared<prometheus::Registry>();
  ServiceMetrics churn("churn", registry);
  const ServiceMetrics taxi("taxi", registry);
  churn.SetReady(true);
  const std::string text = Scrape(*registry);
  EXPECT_THAT(text, HasSubstr("tidemill_ready{service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_ready{service=\"taxi\"} 0\n"));
}

}  // namespace
}  // namespace tidemill
