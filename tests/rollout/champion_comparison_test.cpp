#include "tidemill/rollout/champion_comparison.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/small_model.h"
#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

ServedModel Served(std::uint32_t version, Variant variant,
                   std::vector<double> edges = {0.5}) {
  ServedModel served;
  served.model = SmallModel(version);
  served.variant = variant;
  served.counts = std::make_shared<VersionCounts>(std::move(edges));
  return served;
}

CanaryModel Canary(std::uint32_t version) {
  return {.served = Served(version, Variant::kCanary),
          .share = CanaryShare(10, "s"),
          .by = "key"};
}

void Score(const ServedModel& served, int below, int above) {
  for (int i = 0; i < below; ++i) served.counts->AddScore(0.25);
  for (int i = 0; i < above; ++i) served.counts->AddScore(0.75);
}

std::string Series(const std::string& name, int version,
                   const std::string& variant) {
  return "tidemill_challenger_score_" + name +
         "{model=\"small\",service=\"churn\",variant=\"" + variant +
         "\",version=\"" + std::to_string(version) + "\"} ";
}

/// A champion, 1, and a shadow, 2; scores are compared at 0.5, over ten minutes
/// and 100 scores.
class ChampionComparisonTest : public testing::Test {
 protected:
  ChampionComparisonTest() {
    models_.champion = Served(1, Variant::kChampion);
    models_.shadows.push_back(Served(2, Variant::kShadow));
  }
  const ServedModel& champion() const { return models_.champion; }
  const ServedModel& shadow() const { return models_.shadows[0]; }

  std::string Update(seconds later = seconds(1)) {
    now_ += later;
    comparison_.Update(&models_, now_);
    return Scrape(*metrics_.registry());
  }

  ServiceMetrics metrics_{"churn"};
  ModelSet models_;
  SteadyTime now_{seconds(1000)};
  ChampionComparison comparison_{metrics_, {.events = 100}};
};

TEST_F(ChampionComparisonTest, TellsThePsiAndTheSmallerSide) {
  Update();
  Score(champion(), 25, 75);
  Score(shadow(), 20, 20);
  const std::string text = Update();
  // 0.25 ln 3, as PsiTest has it
  EXPECT_THAT(text, HasSubstr(Series("psi", 2, "shadow") + "0.27465307216702"));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "40\n"));
}

TEST_F(ChampionComparisonTest, WithoutScoresOnBothSidesThereIsNoPsi) {
  EXPECT_THAT(Update(), Not(HasSubstr("challenger_score_psi")));
  Score(champion(), 3, 3);
  const std::string text = Update();
  EXPECT_THAT(text, Not(HasSubstr("challenger_score_psi")));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "0\n"));
  Score(shadow(), 3, 3);
  EXPECT_THAT(Update(), HasSubstr(Series("psi", 2, "shadow") + "0\n"));
}

TEST_F(ChampionComparisonTest, WhatWasBeforeThePairCameTogetherIsNotCompared) {
  Score(champion(), 100, 0);
  Update();
  Score(champion(), 10, 30);
  Score(shadow(), 20, 20);
  const std::string text = Update();
  EXPECT_THAT(text, HasSubstr(Series("psi", 2, "shadow") + "0.27465307216702"));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "40\n"));
}

TEST_F(ChampionComparisonTest, BothSidesAreOfTheSameTime) {
  Update();
  // At first the champion alone scores low; a window of its own would have
  // forgotten that long before the challenger has its 100 scores.
  Score(champion(), 1000, 0);
  Score(shadow(), 10, 0);
  Update(std::chrono::minutes(30));
  Score(champion(), 0, 1000);
  Score(shadow(), 0, 10);
  const std::string text = Update(std::chrono::minutes(30));
  EXPECT_THAT(text, HasSubstr(Series("psi", 2, "shadow") + "0\n"));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "20\n"));
}

TEST_F(ChampionComparisonTest, ForgetsWhatIsBehindTheWindow) {
  Update();
  Score(champion(), 100, 0);
  Score(shadow(), 0, 100);
  Update();
  // Twenty minutes of equal scores: the window holds ten of them.
  std::string text;
  for (int minute = 0; minute < 20; ++minute) {
    Score(champion(), 50, 50);
    Score(shadow(), 50, 50);
    text = Update(std::chrono::minutes(1));
  }
  EXPECT_THAT(text, HasSubstr(Series("psi", 2, "shadow") + "0\n"));
}

TEST_F(ChampionComparisonTest, EveryChallengerHasSeriesOfItsOwn) {
  models_.canaries.push_back(Canary(3));
  models_.canaries.push_back(Canary(2));
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 5, 5);
  Score(models_.canaries[0].served, 4, 4);
  Score(models_.canaries[1].served, 3, 3);
  const std::string text = Update();
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "10\n"));
  EXPECT_THAT(text, HasSubstr(Series("events", 3, "canary") + "8\n"));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "canary") + "6\n"));
  EXPECT_THAT(text, Not(HasSubstr("variant=\"champion\"")));
}

TEST_F(ChampionComparisonTest, TheSeriesGoWithTheChallenger) {
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 5, 5);
  EXPECT_THAT(Update(), HasSubstr("version=\"2\""));
  models_.shadows.clear();
  EXPECT_THAT(Update(), Not(HasSubstr("version=\"2\"")));
}

TEST_F(ChampionComparisonTest, TheSeriesGoWithTheModels) {
  Update();
  comparison_.Update(nullptr, now_);
  EXPECT_THAT(Scrape(*metrics_.registry()), Not(HasSubstr("version=\"2\"")));
}

TEST_F(ChampionComparisonTest, ANewChampionBeginsANewWindow) {
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 100, 0);
  Update();
  models_.champion = Served(4, Variant::kChampion);
  EXPECT_THAT(Update(), Not(HasSubstr("challenger_score_psi")));
  Score(champion(), 10, 30);
  Score(shadow(), 20, 20);
  const std::string text = Update();
  EXPECT_THAT(text, HasSubstr(Series("psi", 2, "shadow") + "0.27465307216702"));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "40\n"));
}

TEST_F(ChampionComparisonTest, AnotherRoleIsAnotherSeries) {
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 5, 5);
  Update();
  models_.champion = Served(2, Variant::kChampion);
  models_.shadows = {Served(1, Variant::kShadow)};
  const std::string text = Update();
  EXPECT_THAT(text, HasSubstr(Series("events", 1, "shadow") + "0\n"));
  EXPECT_THAT(text, Not(HasSubstr(Series("events", 2, "shadow"))));
}

TEST_F(ChampionComparisonTest, BinsThatDifferAreNotCompared) {
  models_.shadows = {Served(2, Variant::kShadow, {0.2, 0.8})};
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 5, 5);
  const std::string text = Update();
  EXPECT_THAT(text, Not(HasSubstr("challenger_score_psi")));
  EXPECT_THAT(text, HasSubstr(Series("events", 2, "shadow") + "10\n"));
}

TEST_F(ChampionComparisonTest, OneBinTellsNothing) {
  models_.champion = Served(1, Variant::kChampion, {});
  models_.shadows = {Served(2, Variant::kShadow, {})};
  Update();
  Score(champion(), 5, 5);
  Score(shadow(), 0, 9);
  EXPECT_THAT(Update(), Not(HasSubstr("challenger_score_psi")));
}

}  // namespace
}  // namespace tidemill
