#include "tidemill/training/logistic_loss.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

const RowMatrix kRows{{0.5, 1.0}, {1.5, -0.5}, {-1.0, 2.0}, {2.0, 0.0}};
const std::vector<double> kTwo = {1, 0, 0, 1};
const std::vector<double> kThree = {2, 0, 1, 2};
const ColumnVector kWeights{{1.0, 2.0, 0.5, 3.0}};

/// Gradient and Hessian beside differences of what they are derivatives of.
void ExpectDerivatives(LogisticLoss& loss) {
  constexpr double kStep = 1e-5;
  const ColumnVector w =
      0.3 * ColumnVector::LinSpaced(loss.size(), -1.0, 2.0).array().sin();
  loss.Look(w);
  const ColumnVector gradient = loss.gradient();
  const Eigen::MatrixXd hessian = loss.hessian();
  for (Eigen::Index j = 0; j < loss.size(); ++j) {
    const ColumnVector step = kStep * ColumnVector::Unit(loss.size(), j);
    EXPECT_NEAR((loss.Value(w + step) - loss.Value(w - step)) / (2 * kStep),
                gradient[j], 1e-8);
    loss.Look(w + step);
    const ColumnVector above = loss.gradient();
    loss.Look(w - step);
    const ColumnVector slope = (above - loss.gradient()) / (2 * kStep);
    EXPECT_LT((slope - hessian.col(j)).cwiseAbs().maxCoeff(), 1e-8);
  }
}

TEST(LogisticLossTest, ItsDerivativesAreThoseOfTwoClasses) {
  LogisticLoss loss(kRows, kTwo, kWeights, 1, true);
  EXPECT_EQ(loss.size(), 3);
  ExpectDerivatives(loss);
}

TEST(LogisticLossTest, ItsDerivativesAreThoseOfThreeClasses) {
  LogisticLoss loss(kRows, kThree, kWeights, 3, true);
  EXPECT_EQ(loss.size(), 9);
  ExpectDerivatives(loss);
  LogisticLoss without(kRows, kThree, kWeights, 3, false);
  EXPECT_EQ(without.size(), 6);
  ExpectDerivatives(without);
}

TEST(LogisticLossTest, WithoutKnowledgeARowCostsTheLogOfItsClasses) {
  const LogisticLoss two(kRows, kTwo, kWeights, 1, true);
  EXPECT_NEAR(two.Value(ColumnVector::Zero(3)), 6.5 * std::log(2.0), 1e-14);
  const LogisticLoss three(kRows, kThree, kWeights, 3, true);
  EXPECT_NEAR(three.Value(ColumnVector::Zero(9)), 6.5 * std::log(3.0), 1e-14);
}

TEST(LogisticLossTest, GreatMarginsStayFinite) {
  LogisticLoss two(kRows, kTwo, kWeights, 1, true);
  const ColumnVector w = ColumnVector::Constant(3, 1e6);
  EXPECT_NEAR(two.Value(w) / (2.0 * 2e6 + 0.5 * 2e6), 1.0, 1e-12);
  two.Look(w);
  EXPECT_TRUE(two.hessian().allFinite());
  LogisticLoss three(kRows, kThree, kWeights, 3, true);
  const ColumnVector apart = 1e6 * ColumnVector::LinSpaced(9, -4.0, 4.0);
  three.Look(apart);
  EXPECT_TRUE(std::isfinite(three.Value(apart)));
  EXPECT_TRUE(three.gradient().allFinite());
  EXPECT_TRUE(three.hessian().allFinite());
}

TEST(LogisticLossTest, SeparatesAsksForEveryRowThatCounts) {
  const RowMatrix line{{-1.0}, {1.0}, {-2.0}};
  const std::vector<double> classes = {0, 1, 1};
  const ColumnVector upwards{{1.0}};
  const LogisticLoss all(line, classes, ColumnVector::Ones(3), 1, false);
  EXPECT_FALSE(all.Separates(upwards));
  const LogisticLoss two(line, classes, ColumnVector{{1.0, 1.0, 0.0}}, 1,
                         false);
  EXPECT_TRUE(two.Separates(upwards));
}

}  // namespace
}  // namespace tidemill
