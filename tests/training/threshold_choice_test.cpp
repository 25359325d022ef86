#include "tidemill/training/threshold_choice.h"

#include <vector>

#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

// By scikit-learn 1.9.1: F1 is 0.8 at 0.35 and less elsewhere; J is 0.5 at
// 0.35 and at 0.8.
const std::vector<double> kClasses = {0, 0, 1, 1, 0, 1, 1, 0};
const std::vector<double> kScores = {0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 1.0, 0.0};

ChosenThreshold Choose(const ThresholdConfig& config) {
  return ChooseThreshold(config, kClasses, kScores);
}

TEST(ThresholdChoiceTest, AGivenOneIsTaken) {
  const ChosenThreshold threshold = Choose({.value = 0.7});
  EXPECT_EQ(threshold.value, 0.7);
  EXPECT_EQ(threshold.rule, ThresholdRule::kGiven);
}

TEST(ThresholdChoiceTest, TheGreatestF1) {
  const ChosenThreshold threshold = Choose({.rule = ThresholdRule::kF1});
  EXPECT_EQ(threshold.value, 0.35);
  EXPECT_EQ(threshold.figure, 0.8);
}

TEST(ThresholdChoiceTest, OfEquallyGoodOnesTheLeast) {
  const ChosenThreshold threshold = Choose({.rule = ThresholdRule::kYouden});
  EXPECT_EQ(threshold.value, 0.35);
  EXPECT_EQ(threshold.figure, 0.5);
}

TEST(ThresholdChoiceTest, DearMissesLowerItAndDearAlarmsRaiseIt) {
  const ChosenThreshold low = Choose(
      {.rule = ThresholdRule::kCost, .false_positive = 1, .false_negative = 5});
  // Two false alarms among eight rows.
  EXPECT_EQ(low.value, 0.35);
  EXPECT_EQ(low.figure, 0.25);
  const ChosenThreshold high = Choose(
      {.rule = ThresholdRule::kCost, .false_positive = 5, .false_negative = 1});
  // Two misses.
  EXPECT_EQ(high.value, 0.8);
  EXPECT_EQ(high.figure, 0.25);
}

TEST(ThresholdChoiceTest, IsAScoreEvenWhereNoPositiveAnswerWouldBeBest) {
  const std::vector<double> truth = {1, 0};
  const std::vector<double> scores = {0.2, 0.9};
  const ThresholdConfig config{.rule = ThresholdRule::kCost,
                               .false_positive = 100};
  EXPECT_EQ(ChooseThreshold(config, truth, scores).value, 0.2);
}

TEST(ThresholdChoiceTest, OneClassOnlyGivesNothingToChooseBy) {
  const std::vector<double> truth = {1, 1};
  const std::vector<double> scores = {0.2, 0.9};
  EXPECT_EQ(MessageOf([&] {
              ChooseThreshold({.rule = ThresholdRule::kF1}, truth, scores);
            }),
            "threshold: expected held-out rows of both classes to choose it by "
            "(set split.stratify), got one class only");
}

}  // namespace
}  // namespace tidemill
