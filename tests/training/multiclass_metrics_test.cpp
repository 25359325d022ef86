#include "tidemill/training/multiclass_metrics.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

// Expected figures are those of scikit-learn 1.9.1.
const std::vector<double> kTruth = {0, 2, 1, 1, 0, 2, 2, 1};
const std::vector<double> kProbabilities = {
    0.5,  0.25, 0.25,  0.125, 0.25,  0.625, 0.25, 0.5,
    0.25, 0.5,  0.375, 0.125, 0.375, 0.375, 0.25, 0.25,
    0.25, 0.5,  0.5,   0.125, 0.375, 0.0,   1.0,  0.0};
// Nobody is of the last class, and it is never the answer.
const std::vector<double> kTwo = {0, 1, 1};
const std::vector<double> kOfTwo = {1.0, 0.0, 0.0, 1.0, 0.0,
                                    0.0, 0.0, 0.5, 0.5};

TEST(MulticlassMetricsTest, LogLoss) {
  EXPECT_NEAR(MulticlassLogLoss(kTruth, kProbabilities, 3), 0.6864916162450938,
              1e-15);
}

TEST(MulticlassMetricsTest, ACertainErrorCostsAFiniteLogLoss) {
  EXPECT_NEAR(MulticlassLogLoss(kTwo, kOfTwo, 3), 12.245600189892366, 1e-13);
}

TEST(MulticlassMetricsTest, OfEquallyLikelyClassesTheFirstIsTheAnswer) {
  // Row 4 of kTruth is of class 0, which shares its lead with class 1.
  EXPECT_EQ(MulticlassAccuracy(kTruth, kProbabilities, 3), 0.75);
}

TEST(MulticlassMetricsTest, EveryClassAgainstTheRestHasTheSameSayInTheArea) {
  EXPECT_NEAR(MacroRocAuc(kTruth, kProbabilities, 3), 0.9055555555555556,
              1e-15);
}

TEST(MulticlassMetricsTest, EveryClassHasTheSameSayInF1) {
  EXPECT_NEAR(MacroF1(kTruth, kProbabilities, 3), 0.7555555555555555, 1e-15);
}

TEST(MulticlassMetricsTest, AClassThatIsNowhereHasNoSayInF1) {
  EXPECT_NEAR(MacroF1(kTwo, kOfTwo, 3), 2.0 / 3.0, 1e-15);
}

TEST(MulticlassMetricsTest, WithoutRowsOfAClassThereIsNoArea) {
  EXPECT_TRUE(std::isnan(MacroRocAuc(kTwo, kOfTwo, 3)));
  EXPECT_EQ(MulticlassMetrics(kTwo, kOfTwo, 3).front().first, "log_loss");
}

TEST(MulticlassMetricsTest, AreFour) {
  std::vector<std::string> names;
  for (const auto& metric : MulticlassMetrics(kTruth, kProbabilities, 3)) {
    names.push_back(metric.first);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"roc_auc", "log_loss", "accuracy",
                                             "f1_macro"}));
}

}  // namespace
}  // namespace tidemill
