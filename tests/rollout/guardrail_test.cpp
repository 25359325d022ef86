#include "tidemill/rollout/guardrail.h"

#include <chrono>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

using Bins = std::vector<std::uint64_t>;

Guardrails Limits() {
  Guardrails limits;
  limits.min_events = 100;
  return limits;
}

VersionTotals Events(std::uint64_t events, std::uint64_t errors = 0) {
  VersionTotals totals;
  totals.events = events;
  totals.errors = errors;
  return totals;
}

/// `count` events that took `time` each.
Bins Times(std::uint64_t count, std::chrono::nanoseconds time) {
  VersionCounts counts({});
  counts.Add({.events = count, .time = time});
  return counts.Read().time_bins;
}

Bins Plus(Bins a, const Bins& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

TEST(P99MsTest, IsNothingOfNothing) {
  EXPECT_EQ(P99Ms({}), 0.0);
  EXPECT_EQ(P99Ms(Times(0, std::chrono::seconds(1))), 0.0);
}

TEST(P99MsTest, IsTheUpperBoundOfTheBin) {
  // 0.01 ms x 1.05^95 = 1.0303 is the first bound above 1 ms.
  EXPECT_NEAR(P99Ms(Times(1, std::chrono::milliseconds(1))), 1.0303, 1e-4);
}

TEST(P99MsTest, LeavesOneInAHundredOut) {
  const Bins fast = Times(99, std::chrono::microseconds(10));
  const Bins one = Times(1, std::chrono::seconds(1));
  EXPECT_DOUBLE_EQ(P99Ms(Plus(fast, one)), 0.01);
  EXPECT_GT(P99Ms(Plus(fast, Plus(one, one))), 1000.0);
}

TEST(P99MsTest, OfFewEventsIsTheSlowest) {
  EXPECT_GT(P99Ms(Plus(Times(49, std::chrono::microseconds(10)),
                       Times(1, std::chrono::seconds(1)))),
            1000.0);
}

TEST(P99MsTest, IsInfiniteInTheLastBin) {
  EXPECT_TRUE(std::isinf(P99Ms(Times(1, std::chrono::hours(1)))));
}

TEST(JudgeTest, WithoutLimitsNothingIsBroken) {
  VersionTotals seen = Events(1000, 1000);
  seen.cells = seen.missing = 10;
  seen.time_bins = Times(1000, std::chrono::hours(1));
  EXPECT_FALSE(Judge(Limits(), seen, {}));
}

TEST(JudgeTest, NoEventsBreakNothing) {
  Guardrails limits = Limits();
  limits.max_error_ratio = limits.max_p99_ms = limits.max_score_psi =
      limits.max_missing_ratio = 0.0;
  EXPECT_FALSE(Judge(limits, {}, {}));
}

TEST(JudgeTest, ErrorsAboveTheLimitBreakIt) {
  Guardrails limits = Limits();
  limits.max_error_ratio = 0.25;
  EXPECT_FALSE(Judge(limits, Events(200, 50), {}));
  const auto breach = Judge(limits, Events(200, 51), {});
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->rule, "max_error_ratio");
  EXPECT_EQ(breach->limit, 0.25);
  EXPECT_EQ(breach->found, 0.255);
  EXPECT_EQ(breach->events, 200U);
  EXPECT_EQ(breach->reference_events, 0U);
}

TEST(JudgeTest, ErrorsThatTheReferenceHasTooSayNothing) {
  Guardrails limits = Limits();
  limits.max_error_ratio = 0.25;
  EXPECT_FALSE(Judge(limits, Events(200, 150), Events(400, 200)));
  const auto breach = Judge(limits, Events(200, 151), Events(400, 200));
  ASSERT_TRUE(breach);
  EXPECT_DOUBLE_EQ(breach->found, 0.255);
  EXPECT_EQ(breach->reference_events, 400U);
}

TEST(JudgeTest, AVersionThatFailsEverythingIsCaughtAfterAFewEvents) {
  Guardrails limits = Limits();  // of 100 events at most 5 may fail
  limits.max_error_ratio = 0.05;
  EXPECT_FALSE(Judge(limits, Events(5, 5), {}));
  const auto breach = Judge(limits, Events(6, 6), {});
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->found, 1.0);
  EXPECT_EQ(breach->events, 6U);
}

TEST(JudgeTest, TheReferencesErrorsCountBeforeTheWindowIsFullToo) {
  Guardrails limits = Limits();  // of 100 events, at most 50 + 25 may fail
  limits.max_error_ratio = 0.25;
  EXPECT_FALSE(Judge(limits, Events(75, 75), Events(400, 200)));
  EXPECT_TRUE(Judge(limits, Events(76, 76), Events(400, 200)));
}

TEST(JudgeTest, AFewErrorsOfManyStillPossibleAreNoBreach) {
  Guardrails limits = Limits();
  limits.max_error_ratio = 0.05;
  EXPECT_FALSE(Judge(limits, Events(10, 5), {}));
  EXPECT_FALSE(Judge(limits, Events(99, 5), {}));
}

TEST(JudgeTest, SlowScoringBreaksTheP99OnceThereAreEnoughEvents) {
  Guardrails limits = Limits();
  limits.max_p99_ms = 20.0;
  VersionTotals seen = Events(99);
  seen.time_bins = Times(99, std::chrono::milliseconds(50));
  EXPECT_FALSE(Judge(limits, seen, {}));
  seen.events = 100;
  seen.time_bins = Times(100, std::chrono::milliseconds(50));
  const auto breach = Judge(limits, seen, {});
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->rule, "max_p99_ms");
  EXPECT_NEAR(breach->found, 50.0, 2.5);
  seen.time_bins = Times(100, std::chrono::milliseconds(19));
  EXPECT_FALSE(Judge(limits, seen, {}));
}

TEST(JudgeTest, ShiftedScoresBreakThePsiOnceBothSidesHaveEnoughEvents) {
  Guardrails limits = Limits();
  limits.max_score_psi = 0.2;
  VersionTotals seen = Events(100);
  seen.score_bins = {50, 50};
  VersionTotals reference = Events(99);
  reference.score_bins = {25, 74};
  EXPECT_FALSE(Judge(limits, seen, reference));
  reference = Events(100);
  reference.score_bins = {25, 75};
  const auto breach = Judge(limits, seen, reference);
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->rule, "max_score_psi");
  EXPECT_NEAR(breach->found, 0.27465, 1e-5);
  EXPECT_EQ(breach->reference_events, 100U);
  seen.events = 99;
  EXPECT_FALSE(Judge(limits, seen, reference));
  EXPECT_FALSE(Judge(limits, Events(100), {}));
}

TEST(JudgeTest, MissingInputsBreakTheirLimit) {
  Guardrails limits = Limits();
  limits.max_missing_ratio = 0.5;
  VersionTotals seen = Events(100);
  seen.cells = 200;
  seen.missing = 100;
  EXPECT_FALSE(Judge(limits, seen, {}));
  seen.missing = 101;
  const auto breach = Judge(limits, seen, {});
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->rule, "max_missing_ratio");
  EXPECT_EQ(breach->found, 0.505);
  seen.events = 99;
  EXPECT_FALSE(Judge(limits, seen, {}));
}

TEST(JudgeTest, AnswersTheFirstLimitBroken) {
  Guardrails limits = Limits();
  limits.max_p99_ms = 1.0;
  limits.max_missing_ratio = 0.1;
  VersionTotals seen = Events(100, 100);
  seen.cells = seen.missing = 10;
  seen.time_bins = Times(100, std::chrono::seconds(1));
  EXPECT_EQ(Judge(limits, seen, {})->rule, "max_p99_ms");
  limits.max_error_ratio = 0.1;
  EXPECT_EQ(Judge(limits, seen, {})->rule, "max_error_ratio");
}

TEST(JudgeTest, AMinimumOfNoEventsJudgesFromTheFirst) {
  Guardrails limits = Limits();
  limits.min_events = 0;
  limits.max_error_ratio = 0.5;
  EXPECT_FALSE(Judge(limits, {}, {}));
  EXPECT_TRUE(Judge(limits, Events(1, 1), {}));
}

}  // namespace
}  // namespace tidemill
