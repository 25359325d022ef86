#include "tidemill/training/penalized_quadratic.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr int kSweeps = 100;

TEST(PenalizedQuadraticTest, WithoutCorrelationIsASoftThreshold) {
  const PenalizedQuadratic quadratic{Eigen::MatrixXd::Identity(2, 2),
                                     ColumnVector{{3.0, -0.5}},
                                     ColumnVector{{1.0, 1.0}}};
  ColumnVector w = ColumnVector::Zero(2);
  EXPECT_TRUE(quadratic.Minimize(kSweeps, w));
  EXPECT_EQ(w, (ColumnVector{{2.0, 0.0}}));
}

TEST(PenalizedQuadraticTest, PositiveStopsAt0) {
  const PenalizedQuadratic quadratic{Eigen::MatrixXd::Identity(2, 2),
                                     ColumnVector{{-1.0, 2.0}},
                                     ColumnVector::Zero(2), true};
  ColumnVector w = ColumnVector::Zero(2);
  EXPECT_TRUE(quadratic.Minimize(kSweeps, w));
  EXPECT_EQ(w, (ColumnVector{{0.0, 2.0}}));
}

// G (-1, 2)' = (0.98, 1.01)', and l1 moves both by 0.001 / (1 - 0.99).
const PenalizedQuadratic kCorrelated{Eigen::MatrixXd{{1.0, 0.99}, {0.99, 1.0}},
                                     ColumnVector{{0.98, 1.01}},
                                     ColumnVector{{0.001, 0.001}}};

TEST(PenalizedQuadraticTest, ASignThatTheFirstRoundGotWrongIsPutRight) {
  ColumnVector w = ColumnVector::Zero(2);
  EXPECT_TRUE(kCorrelated.Minimize(kSweeps, w));
  EXPECT_NEAR(w[0], -0.9, 1e-13);
  EXPECT_NEAR(w[1], 1.9, 1e-13);
}

TEST(PenalizedQuadraticTest, TooFewRoundsAreToldOf) {
  ColumnVector w = ColumnVector::Zero(2);
  EXPECT_FALSE(kCorrelated.Minimize(1, w));
}

TEST(PenalizedQuadraticTest, OfEqualColumnsOneMinimumIsFound) {
  const PenalizedQuadratic quadratic{Eigen::MatrixXd::Ones(2, 2),
                                     ColumnVector{{2.0, 2.0}},
                                     ColumnVector{{0.5, 0.5}}};
  ColumnVector w{{1.0, -4.0}};
  EXPECT_TRUE(quadratic.Minimize(kSweeps, w));
  EXPECT_NEAR(w.sum(), 1.5, 1e-14);
  EXPECT_GE(w.minCoeff(), 0.0);
}

TEST(PenalizedQuadraticTest, ACoordinateWithoutCurvatureStaysWhereItIs) {
  const PenalizedQuadratic quadratic{Eigen::MatrixXd{{0.0, 0.0}, {0.0, 1.0}},
                                     ColumnVector{{0.0, 1.0}},
                                     ColumnVector::Zero(2)};
  ColumnVector w{{5.0, 0.0}};
  EXPECT_TRUE(quadratic.Minimize(kSweeps, w));
  EXPECT_EQ(w, (ColumnVector{{5.0, 1.0}}));
}

}  // namespace
}  // namespace tidemill
