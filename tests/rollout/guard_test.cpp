#include "tidemill/rollout/guard.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/small_model.h"

namespace tidemill {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

ServedModel Served(std::uint32_t version, Variant variant) {
  ServedModel served;
  served.model = SmallModel(version);
  served.variant = variant;
  served.counts = std::make_shared<VersionCounts>(std::vector<double>{0.5});
  return served;
}

/// A champion and a canary; scores are compared at 0.5.
class GuardTest : public testing::Test {
 protected:
  GuardTest() {
    models_.champion = Served(1, Variant::kChampion);
    models_.canaries.push_back({.served = Served(2, Variant::kCanary),
                                .share = CanaryShare(10, "s"),
                                .by = "key"});
    guardrails_.min_events = 100;
  }
  VersionCounts& champion() { return *models_.champion.counts; }
  VersionCounts& canary() { return *models_.canaries[0].served.counts; }
  static void Score(VersionCounts& counts, int events, double score) {
    counts.Add({.events = static_cast<std::uint64_t>(events)});
    for (int i = 0; i < events; ++i) counts.AddScore(score);
  }

  ModelSet models_;
  Guardrails guardrails_;
  Guard guard_;
  SteadyTime now_{seconds(1000)};
};

TEST_F(GuardTest, WithoutGuardrailsNothingIsWatched) {
  guard_.Watch(models_, std::nullopt, std::nullopt);
  canary().Add({.events = 1000, .errors = 1000});
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
}

TEST_F(GuardTest, JudgesWindowByWindow) {
  guardrails_.max_error_ratio = 0.1;
  guard_.Watch(models_, guardrails_, std::nullopt);
  // 5 % in the first window is forgotten when it is full.
  canary().Add({.events = 100, .errors = 5});
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
  canary().Add({.events = 90, .errors = 10});
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
  canary().Add({.events = 5, .errors = 1});
  const auto trips = guard_.Check(now_);
  ASSERT_THAT(trips, SizeIs(1));
  EXPECT_EQ(trips[0].model.version, 2U);
  EXPECT_EQ(trips[0].variant, Variant::kCanary);
  EXPECT_EQ(trips[0].breach.events, 95U);
  EXPECT_THAT(guard_.Check(now_), IsEmpty()) << "said once";
}

TEST_F(GuardTest, WhatItSawBeforeTheWatchDoesNotCount) {
  guardrails_.max_error_ratio = 0.1;
  canary().Add({.events = 50, .errors = 50});
  guard_.Watch(models_, guardrails_, std::nullopt);
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
}

TEST_F(GuardTest, AWindowGoesOnOverAnUnrelatedChange) {
  guardrails_.max_error_ratio = 0.1;
  guard_.Watch(models_, guardrails_, std::nullopt);
  canary().Add({.events = 10, .errors = 10});
  guard_.Watch(models_, guardrails_, std::nullopt);
  canary().Add({.events = 1, .errors = 1});
  EXPECT_THAT(guard_.Check(now_), SizeIs(1));
}

TEST_F(GuardTest, ComparesScoresWithTheChampionsOfTheSameTime) {
  guardrails_.max_score_psi = 0.2;
  Score(champion(), 1000, 0.1);  // long ago it scored otherwise
  guard_.Watch(models_, guardrails_, std::nullopt);
  Score(champion(), 100, 0.9);
  Score(canary(), 100, 0.9);
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
  Score(champion(), 100, 0.9);
  Score(canary(), 100, 0.1);
  EXPECT_THAT(guard_.Check(now_), SizeIs(1));
}

TEST_F(GuardTest, ComparesWithAllOfTheChampionsWhenItHasTooFewNow) {
  guardrails_.max_score_psi = 0.2;
  Score(champion(), 1000, 0.1);
  guard_.Watch(models_, guardrails_, std::nullopt);
  Score(champion(), 5, 0.1);
  Score(canary(), 100, 0.9);
  EXPECT_THAT(guard_.Check(now_), SizeIs(1));
}

TEST_F(GuardTest, AnotherChampionBeginsANewWindow) {
  guardrails_.max_score_psi = 0.2;
  guardrails_.max_error_ratio = 0.1;
  Score(champion(), 10'000, 0.9);
  champion().Add({.events = 10, .errors = 10});
  guard_.Watch(models_, guardrails_, std::nullopt);
  Score(canary(), 50, 0.9);
  models_.champion = Served(3, Variant::kChampion);
  guard_.Watch(models_, guardrails_, std::nullopt);
  Score(champion(), 100, 0.9);
  Score(canary(), 100, 0.9);
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
  canary().Add({.events = 20, .errors = 20});
  EXPECT_THAT(guard_.Check(now_), SizeIs(1)) << "and it is judged";
}

TEST_F(GuardTest, AFreshChampionIsComparedWithTheOneBefore) {
  guardrails_.max_score_psi = 0.2;
  VersionCounts before({0.5});
  Score(before, 200, 0.1);
  models_.canaries.clear();
  guard_.Watch(models_, guardrails_,
               Guard::Probation{.since = now_, .reference = before.Read()});
  Score(champion(), 100, 0.9);
  const auto trips = guard_.Check(now_);
  ASSERT_THAT(trips, SizeIs(1));
  EXPECT_EQ(trips[0].variant, Variant::kChampion);
}

TEST_F(GuardTest, ProbationEndsByEventsOrByTime) {
  guardrails_.max_error_ratio = 0.1;
  guardrails_.probation_events = 500;
  guardrails_.probation = seconds(60);
  models_.canaries.clear();
  const Guard::Probation probation{.since = now_, .reference = {}};
  guard_.Watch(models_, guardrails_, probation);
  guard_.Check(now_ + seconds(59));
  EXPECT_TRUE(guard_.probation().has_value());
  guard_.Check(now_ + seconds(60));
  EXPECT_FALSE(guard_.probation().has_value());
  guard_.Watch(models_, guardrails_, probation);
  champion().Add({.events = 500});
  guard_.Check(now_);
  EXPECT_FALSE(guard_.probation().has_value());
}

TEST_F(GuardTest, AFastModelIsFineAndASlowOneIsNot) {
  guardrails_.max_p99_ms = 20.0;
  guard_.Watch(models_, guardrails_, std::nullopt);
  canary().Add({.events = 100, .time = std::chrono::milliseconds(10)});
  EXPECT_THAT(guard_.Check(now_), IsEmpty());
  canary().Add({.events = 98, .time = std::chrono::milliseconds(10)});
  canary().Add({.events = 2, .time = std::chrono::milliseconds(30)});
  const auto trips = guard_.Check(now_);
  ASSERT_THAT(trips, SizeIs(1));
  EXPECT_EQ(trips[0].breach.rule, "max_p99_ms");
}

}  // namespace
}  // namespace tidemill
