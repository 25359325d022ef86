#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/linear_models_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LassoTest, FindsScikitLearnsOptimum) {
  ExpectModel(FitRegression("Lasso", "{alpha: 0.01}"),
              {2.177600979192167, 0.02496124031007768}, 1.462019583843329);
}

TEST(LassoTest, PutsExact0sWhereTheDataSaysLittle) {
  const TrainedModel model = FitRegression("Lasso", "{alpha: 0.5}");
  ExpectModel(model, {1.8596491228070176, 0.0}, 1.526315789473684);
  EXPECT_EQ(LinearOf(model).coefficients()[1], 0.0);
}

TEST(LassoTest, OfOneColumnIsASoftThreshold) {
  // x'y / n = 4, x'x / n = 1: the coefficient is 4 - alpha.
  const RowMatrix features{{-1.0}, {1.0}};
  ExpectModel(FitRegression("Lasso", "{alpha: 1.5}", {}, {-4.0, 4.0}, features),
              {2.5}, 0.0);
}

TEST(LassoTest, SaysThatThePenaltyLeftNothing) {
  std::vector<std::string> warnings;
  ExpectModel(
      FitRegression("Lasso", "{alpha: 100}", {}, kValues, kFeatures, &warnings),
      {0.0, 0.0}, 1.875);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("left every coefficient 0")));
}

TEST(LassoTest, KnowsNoL1Ratio) {
  EXPECT_THAT(MessageOf([] { FitRegression("Lasso", "{l1_ratio: 0.5}"); }),
              HasSubstr("expected a known key, got 'l1_ratio'"));
}

TEST(ElasticNetTest, FindsScikitLearnsOptimum) {
  ExpectModel(FitRegression("ElasticNet", "{alpha: 0.5, l1_ratio: 0.3}"),
              {1.7020057306590257, 0.0}, 1.5558739255014324);
}

TEST(ElasticNetTest, RowsCountByTheirWeights) {
  ExpectModel(
      FitRegression("ElasticNet", "{alpha: 0.5, l1_ratio: 0.3}", kWeights),
      {1.544862518089725, 0.0}, 1.4432706222865412);
}

TEST(ElasticNetTest, PositiveKeepsCoefficientsFromFallingBelow0) {
  ExpectModel(
      FitRegression("ElasticNet", "{alpha: 0.1, l1_ratio: 0.3, positive: true}",
                    {}, kNegatedValues),
      {0.0, 0.3312975196310607}, -1.9371182849308237);
}

TEST(ElasticNetTest, TheInterceptCanBeLeftOut) {
  ExpectModel(
      FitRegression("ElasticNet",
                    "{alpha: 0.5, l1_ratio: 0.3, fit_intercept: false}"),
      {1.8585295680460336, 0.06675652207721516}, 0.0);
}

TEST(ElasticNetTest, WithoutL1IsARidge) {
  const TrainedModel ridge = FitRegression("Ridge", "{alpha: 8}");
  ExpectModel(FitRegression("ElasticNet", "{alpha: 1, l1_ratio: 0}"),
              LinearOf(ridge).coefficients(), LinearOf(ridge).intercepts()[0]);
}

TEST(ElasticNetTest, WithoutAPenaltyIsLeastSquares) {
  ExpectModel(FitRegression("ElasticNet", "{alpha: 0}"),
              {2.185434516523868, 0.034883720930232516}, 1.458690330477356,
              1e-13);
}

TEST(ElasticNetTest, EqualColumnsGetAFiniteAnswer) {
  const RowMatrix features{{1.0, 1.0}, {2.0, 2.0}, {3.0, 3.0}};
  const TrainedModel model =
      FitRegression("ElasticNet", "{alpha: 0.1, l1_ratio: 1.0}", {},
                    {2.0, 4.0, 6.0}, features);
  // One column would get 2 - 0.1 / (2/3).
  EXPECT_NEAR(
      LinearOf(model).coefficients()[0] + LinearOf(model).coefficients()[1],
      1.85, 1e-14);
}

TEST(ElasticNetTest, MoreColumnsThanRowsConverge) {
  const RowMatrix features{{1.0, 0.3, -2.0, 0.5, 1.1},
                           {0.2, -1.0, 0.7, 1.4, -0.6},
                           {-0.9, 0.8, 0.1, -1.2, 0.4}};
  std::vector<std::string> warnings;
  const TrainedModel model = FitRegression(
      "Lasso", "{alpha: 1.0e-4}", {}, {1.0, -2.0, 3.0}, features, &warnings);
  EXPECT_THAT(warnings, testing::IsEmpty());
  std::vector<double> scores(3);
  model.predictor->Predict(features, scores);
  EXPECT_NEAR(scores[0], 1.0, 1e-3);
  EXPECT_NEAR(scores[1], -2.0, 1e-3);
}

TEST(ElasticNetTest, AConstantColumnGets0) {
  const RowMatrix features{{1.0, 0.1}, {2.0, 0.1}, {4.0, 0.1}};
  const TrainedModel model = FitRegression("ElasticNet", "{alpha: 0.1}", {},
                                           {3.0, 5.0, 9.0}, features);
  EXPECT_EQ(LinearOf(model).coefficients()[1], 0.0);
}

TEST(ElasticNetTest, SaysWhenItDidNotConverge) {
  std::vector<std::string> warnings;
  // One round gives the first column a coefficient of the wrong sign.
  const RowMatrix features{{1.0, 1.1}, {2.0, 1.9}, {3.0, 3.2}, {4.0, 3.9}};
  FitRegression("ElasticNet", "{alpha: 0.001, max_iter: 1}", {},
                {1.2, 1.8, 3.4, 3.8}, features, &warnings);
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("did not converge in 1 iterations")));
}

TEST(ElasticNetTest, OnlyTheCyclicSelectionIsKnown) {
  EXPECT_THAT(
      MessageOf([] { FitRegression("ElasticNet", "{selection: random}"); }),
      HasSubstr("expected one of cyclic, got text 'random'"));
}

TEST(ElasticNetTest, MoreColumnsThanASquareMatrixMayHaveAreRefused) {
  EXPECT_EQ(MessageOf([] {
              FitRegression("ElasticNet", "{}", {}, {1.0, 2.0},
                            RowMatrix::Zero(2, 8193));
            }),
            "ElasticNet: expected at most 8192 coefficients (select or merge "
            "features), got 8193");
}

}  // namespace
}  // namespace tidemill
