#include "tidemill/telemetry/shadow_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/scrape.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;

VersionLabels Shadow() {
  return {.model = "churn",
          .version = 8,
          .variant = Variant::kShadow,
          .digest = "7c9e",
          .engine = "tree"};
}

TEST(ShadowMetricsTest, CountsHowEventsEndedAndHowScoresCompare) {
  const ServiceMetrics service("churn");
  const auto shadow = service.ForShadow(Shadow());
  shadow->CountScored(3);
  shadow->CountFailed();
  shadow->CountDropped(2);
  shadow->Compare(true, 0.0);
  shadow->Compare(false, 0.25);
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_shadow_events_total{model=\"churn\","
                              "outcome=\"scored\",service=\"churn\","
                              "version=\"8\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"failed\",service=\"churn\","
                              "version=\"8\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"dropped\",service=\"churn\","
                              "version=\"8\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_shadow_agreement_total{model=\"churn\","
                              "result=\"same\",service=\"churn\","
                              "version=\"8\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("result=\"different\",service=\"churn\","
                              "version=\"8\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_shadow_score_difference_sum{"
                              "model=\"churn\",service=\"churn\","
                              "version=\"8\"} 0.25\n"));
}

TEST(ShadowMetricsTest, LeavesWithItsShadow) {
  const ServiceMetrics service("churn");
  auto shadow = service.ForShadow(Shadow());
  shadow.reset();
  EXPECT_THAT(Scrape(*service.registry()), Not(HasSubstr("version=\"8\"")));
}

TEST(RegistryMetricsTest, HasEveryResultAndRuleFromTheStart) {
  ServiceMetrics service("churn");
  service.rollout().CountMessage(RegistryMessage::kRefused);
  service.rollout().CountBreach("max_score_psi");
  service.rollout().SetSequence(12);
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_registry_messages_total{"
                              "result=\"refused\",service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("result=\"stale\",service=\"churn\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("tidemill_guardrail_breaches_total{"
                              "rule=\"max_score_psi\",service=\"churn\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rule=\"max_p99_ms\",service=\"churn\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("tidemill_registry_sequence{service=\"churn\"} 12\n"));
}

TEST(VersionRecorderTest, CountsHowItsEventsEnded) {
  const ServiceMetrics service("churn");
  VersionRecorder recorder(
      service.ForVersion(Shadow(), ProbabilityBoundaries(), WallTime{}));
  recorder.CountScored();
  recorder.CountScored();
  recorder.CountDeadLetter();
  recorder.Publish();
  recorder.Publish();
  recorder.CountScored();
  recorder.Discard();
  recorder.Publish();
  const std::string text = Scrape(*service.registry());
  EXPECT_THAT(text, HasSubstr("tidemill_version_events_total{model=\"churn\","
                              "outcome=\"scored\",service=\"churn\","
                              "variant=\"shadow\",version=\"8\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"dead_letter\",service=\"churn\","
                              "variant=\"shadow\",version=\"8\"} 1\n"));
}

}  // namespace
}  // namespace tidemill
