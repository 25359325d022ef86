#include "tidemill/training/metrics.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

// Expected figures are those of scikit-learn 1.9.1.
const std::vector<double> kClasses = {0, 0, 1, 1, 0, 1, 1, 0};
const std::vector<double> kScores = {0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 1.0, 0.0};
const std::vector<double> kTruth = {3.0, -0.5, 2.0, 7.0};
const std::vector<double> kValues = {2.5, 0.0, 2.0, 8.0};

TEST(MetricsTest, TiesCountHalfInTheAreaUnderTheCurve) {
  EXPECT_EQ(RocAuc(kClasses, kScores), 0.8125);
}

TEST(MetricsTest, OneScoreForAllRanksNothing) {
  EXPECT_EQ(RocAuc(kClasses, std::vector<double>(8, 0.3)), 0.5);
}

TEST(MetricsTest, OneClassHasNoAreaUnderTheCurve) {
  EXPECT_TRUE(std::isnan(
      RocAuc(std::vector<double>{1, 1}, std::vector<double>{0.1, 0.2})));
  EXPECT_EQ(BinaryMetrics(std::vector<double>{1, 1},
                          std::vector<double>{0.1, 0.2}, 0.5)
                .front()
                .first,
            "log_loss");
}

TEST(MetricsTest, LogLoss) {
  EXPECT_NEAR(LogLoss(kClasses, kScores), 0.4145335213596063, 1e-15);
}

TEST(MetricsTest, ACertainErrorCostsAFiniteLogLoss) {
  std::vector<double> scores = kScores;
  scores[7] = 1.0;
  EXPECT_NEAR(LogLoss(kClasses, scores), 4.91999019499925, 1e-14);
}

TEST(MetricsTest, BrierAndAccuracy) {
  EXPECT_NEAR(BrierScore(kClasses, kScores), 0.1440625, 1e-15);
  EXPECT_EQ(Accuracy(kClasses, kScores, 0.4), 0.625);
}

TEST(MetricsTest, RegressionFigures) {
  EXPECT_NEAR(RootMeanSquaredError(kTruth, kValues), 0.6123724356957945, 1e-15);
  EXPECT_EQ(MeanAbsoluteError(kTruth, kValues), 0.5);
  EXPECT_NEAR(RSquared(kTruth, kValues), 0.9486081370449679, 1e-15);
}

TEST(MetricsTest, AConstantTruthIsMetOrNot) {
  const std::vector<double> constant = {2.0, 2.0};
  EXPECT_EQ(RSquared(constant, constant), 1.0);
  EXPECT_EQ(RSquared(constant, std::vector<double>{2.0, 3.0}), 0.0);
}

}  // namespace
}  // namespace tidemill
