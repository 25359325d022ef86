#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/linear_models_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const RowMatrix kCollinear{{1.0, 1.0}, {2.0, 2.0}, {3.0, 3.0}};

TEST(LinearRegressionTest, FindsScikitLearnsAnswer) {
  ExpectModel(FitRegression("LinearRegression", "{}"),
              {2.185434516523868, 0.034883720930232516}, 1.458690330477356);
}

TEST(LinearRegressionTest, TheInterceptCanBeLeftOut) {
  ExpectModel(FitRegression("LinearRegression", "{fit_intercept: false}"),
              {2.3870967741935485, 0.2903225806451615}, 0.0);
}

TEST(LinearRegressionTest, RowsCountByTheirWeights) {
  ExpectModel(FitRegression("LinearRegression", "{}", kWeights),
              {2.0462199781659383, -0.01093067685589551}, 1.3631481986899563);
}

TEST(LinearRegressionTest, PositiveKeepsCoefficientsFromFallingBelow0) {
  ExpectModel(
      FitRegression("LinearRegression", "{positive: true}", {}, kNegatedValues),
      {0.0, 0.37623762376237635}, -1.9455445544554453);
}

TEST(LinearRegressionTest, CollinearColumnsShareTheWeightAndAreSpokenOf) {
  std::vector<std::string> warnings;
  ExpectModel(FitRegression("LinearRegression", "{}", {}, {2.0, 4.0, 6.0},
                            kCollinear, &warnings),
              {1.0, 1.0}, 0.0);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("2 features have rank 1")));
}

TEST(LinearRegressionTest, SingularValuesUpToTolCountAsNothing) {
  const RowMatrix nearly{{1.0, 1.0}, {2.0, 2.0}, {3.0, 3.0001}};
  const std::vector<double> target = {2.0, 4.0, 7.0};
  ExpectModel(
      FitRegression("LinearRegression", "{tol: 0.01}", {}, target, nearly),
      {1.25, 1.25}, -2.0 / 3.0, 1e-3);
  ExpectModel(FitRegression("LinearRegression", "{tol: 0}", {}, target, nearly),
              {-9998.0, 10000.0}, 0.0, 1e-6);
}

TEST(LinearRegressionTest, FewerRowsThanColumnsFitExactly) {
  const RowMatrix features{{1.0, 0.0, 2.0}, {0.0, 1.0, 1.0}};
  const TrainedModel model =
      FitRegression("LinearRegression", "{}", {}, {3.0, 5.0}, features);
  std::vector<double> scores(2);
  model.predictor->Predict(features, scores);
  EXPECT_NEAR(scores[0], 3.0, 1e-14);
  EXPECT_NEAR(scores[1], 5.0, 1e-14);
}

TEST(LinearRegressionTest, OfOneRowOnlyTheMeanIsLearned) {
  ExpectModel(FitRegression("LinearRegression", "{}", {}, {3.0},
                            RowMatrix{{7.0, -1.0}}),
              {0.0, 0.0}, 3.0);
}

TEST(LinearRegressionTest, AConstantColumnGetsNothing) {
  // The rounded mean of three times 0.1 is not 0.1.
  const RowMatrix features{{1.0, 0.1}, {2.0, 0.1}, {4.0, 0.1}};
  ExpectModel(FitRegression("LinearRegression", "{tol: 0}", {}, {3.0, 5.0, 9.0},
                            features),
              {2.0, 0.0}, 1.0);
}

TEST(LinearRegressionTest, ManyBlocksOfRowsGiveTheSameAnswerAsOne) {
  constexpr Eigen::Index kRows = 5000;
  RowMatrix features(kRows, 2);
  std::vector<double> target;
  for (Eigen::Index i = 0; i < kRows; ++i) {
    const auto x = static_cast<double>(i);
    features.row(i) << x, std::sin(x);
    target.push_back(3.0 * x - 2.0 * std::sin(x) + 7.0);
  }
  ExpectModel(FitRegression("LinearRegression", "{}", {}, target, features),
              {3.0, -2.0}, 7.0, 1e-11);
}

TEST(LinearRegressionTest, ATargetTooGreatIsRefused) {
  EXPECT_EQ(MessageOf([] {
              FitRegression("LinearRegression", "{}", {},
                            {1e300, -1e300, 1e300},
                            RowMatrix{{1.0}, {2.0}, {4.0}});
            }),
            "LinearRegression: expected a target whose square float64 holds, "
            "got a greater one");
}

TEST(LinearRegressionTest, RowsWithoutAnyWeightAreRefused) {
  EXPECT_EQ(MessageOf([] {
              FitRegression("LinearRegression", "{}", {0.0, 0.0, 0.0},
                            {1.0, 2.0, 3.0}, kCollinear);
            }),
            "LinearRegression, the rows to learn from: expected a weight above "
            "0, got none");
}

TEST(RidgeTest, FindsScikitLearnsAnswer) {
  ExpectModel(FitRegression("Ridge", "{}"),
              {2.0189887767826775, 0.003230926198843561}, 1.4958338056909646);
  ExpectModel(FitRegression("Ridge", "{alpha: 10}"),
              {1.2042420753427123, -0.07280610225596375}, 1.6628557550462344);
}

TEST(RidgeTest, RowsCountByTheirWeights) {
  ExpectModel(FitRegression("Ridge", "{}", kWeights),
              {1.9077281837804498, -0.010881128584643891}, 1.3839442645698428);
}

TEST(RidgeTest, AWeightOf2IsTheRowTwice) {
  const RowMatrix once{{1.0}, {2.0}, {4.0}};
  const RowMatrix twice{{1.0}, {2.0}, {2.0}, {4.0}};
  const TrainedModel repeated =
      FitRegression("Ridge", "{}", {}, {1.0, 5.0, 5.0, 6.0}, twice);
  ExpectModel(
      FitRegression("Ridge", "{}", {1.0, 2.0, 1.0}, {1.0, 5.0, 6.0}, once),
      LinearOf(repeated).coefficients(), LinearOf(repeated).intercepts()[0]);
}

TEST(RidgeTest, WithoutAPenaltyIsLeastSquares) {
  ExpectModel(FitRegression("Ridge", "{alpha: 0}"),
              {2.185434516523868, 0.034883720930232516}, 1.458690330477356);
}

TEST(RidgeTest, TheInterceptCanBeLeftOut) {
  ExpectModel(FitRegression("Ridge", "{fit_intercept: false}"),
              {2.2078145126663804, 0.2382996994418205}, 0.0);
}

TEST(RidgeTest, CollinearColumnsWithoutAPenaltyShareTheWeight) {
  std::vector<std::string> warnings;
  ExpectModel(FitRegression("Ridge", "{alpha: 0}", {}, {2.0, 4.0, 6.0},
                            kCollinear, &warnings),
              {1.0, 1.0}, 0.0);
  EXPECT_THAT(warnings, IsEmpty());
}

}  // namespace
}  // namespace tidemill
