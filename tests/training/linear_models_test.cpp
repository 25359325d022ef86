#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/model/linear_model.h"
#include "training/training_testing.h"

namespace tidemill {
namespace {

// Expected figures are those of scikit-learn 1.9.1 on these rows.
const RowMatrix kFeatures{{0.5, 1.0},   {1.5, -0.5}, {-1.0, 2.0}, {2.0, 0.0},
                          {-0.5, -1.5}, {1.0, 1.0},  {-2.0, 0.5}, {0.0, -1.0}};
const std::vector<double> kClasses = {1, 0, 0, 1, 0, 1, 1, 0};
const std::vector<double> kValues = {3.1, 4.0, -1.2, 5.5, 0.3, 4.4, -3.0, 1.9};

void ExpectModel(const TrainedModel& model, std::vector<double> coefficients,
                 double intercept) {
  const auto& linear = dynamic_cast<const LinearModel&>(*model.predictor);
  constexpr double kTolerance = 1e-10;
  ASSERT_EQ(linear.coefficients().size(), coefficients.size());
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    EXPECT_NEAR(linear.coefficients()[i], coefficients[i], kTolerance);
  }
  EXPECT_NEAR(linear.intercepts()[0], intercept, kTolerance);
}

TrainedModel Logistic(const std::string& parameters) {
  return FitAlone("LogisticRegression", Task::kBinary, parameters, kFeatures,
                  kClasses);
}

TrainedModel RidgeOf(const std::string& parameters) {
  return FitAlone("Ridge", Task::kRegression, parameters, kFeatures, kValues);
}

TEST(LogisticRegressionTest, FindsScikitLearnsOptimum) {
  ExpectModel(Logistic("{tol: 1.0e-12}"),
              {0.2495369889551585, 0.5759652532409897}, -0.16465960015656156);
}

TEST(LogisticRegressionTest, ASmallerCShrinksMore) {
  ExpectModel(Logistic("{C: 0.1, tol: 1.0e-12}"),
              {0.062086722817520985, 0.14384596397482}, -0.03877527105814278);
}

TEST(LogisticRegressionTest, TheInterceptCanBeLeftOut) {
  ExpectModel(Logistic("{fit_intercept: false, tol: 1.0e-12}"),
              {0.23161711111878472, 0.5545670289772467}, 0.0);
}

TEST(LogisticRegressionTest, SeparableClassesConverge) {
  std::vector<std::string> warnings;
  const RowMatrix features{{-2.0}, {-1.0}, {1.0}, {2.0}};
  FitAlone("LogisticRegression", Task::kBinary, "{C: 1.0e+6}", features,
           {0, 0, 1, 1}, &warnings);
  EXPECT_THAT(warnings, testing::IsEmpty());
}

TEST(LogisticRegressionTest, SaysWhenItDidNotConverge) {
  std::vector<std::string> warnings;
  FitAlone("LogisticRegression", Task::kBinary, "{max_iter: 1, tol: 1.0e-14}",
           kFeatures, kClasses, &warnings);
  EXPECT_THAT(warnings, testing::ElementsAre(testing::HasSubstr(
                            "did not converge in 1 iterations")));
}

TEST(RidgeTest, FindsScikitLearnsOptimum) {
  ExpectModel(RidgeOf("{}"), {2.0189887767826775, 0.003230926198843561},
              1.4958338056909646);
  ExpectModel(RidgeOf("{alpha: 10}"),
              {1.2042420753427123, -0.07280610225596375}, 1.6628557550462344);
}

TEST(RidgeTest, WithoutAPenaltyIsLeastSquares) {
  ExpectModel(RidgeOf("{alpha: 0}"), {2.185434516523867, 0.03488372093023238},
              1.4586903304773562);
}

TEST(RidgeTest, TheInterceptCanBeLeftOut) {
  ExpectModel(RidgeOf("{fit_intercept: false}"),
              {2.2078145126663804, 0.2382996994418205}, 0.0);
}

TEST(RidgeTest, CollinearColumnsWithoutAPenaltyShareTheWeight) {
  const RowMatrix features{{1.0, 1.0}, {2.0, 2.0}, {3.0, 3.0}};
  ExpectModel(FitAlone("Ridge", Task::kRegression, "{alpha: 0}", features,
                       {2.0, 4.0, 6.0}),
              {1.0, 1.0}, 0.0);
}

TEST(LinearModelsTest, OurScoresAreThoseOfEigensProduct) {
  const TrainedModel model = Logistic("{}");
  const std::vector<double> theirs = model.library_scores(kFeatures);
  std::vector<double> ours(theirs.size());
  model.predictor->Predict(kFeatures, ours);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], theirs[i], 1e-15);
  }
}

TEST(ModelRegistryTest, AnUnknownModelNamesTheNearest) {
  EXPECT_EQ(MessageOf([] { FindModel("Rigde", Task::kRegression, "here"); }),
            "here: expected a model for a regression task: Ridge, XGBRegressor "
            "(did you mean 'Ridge'?), got 'Rigde'");
}

TEST(ModelRegistryTest, AModelOfTheOtherTaskIsRefused) {
  const auto error = ErrorOf([] { FindModel("Ridge", Task::kBinary, "here"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
}

TEST(ModelRegistryTest, AParameterOutOfBoundsIsABadConfig) {
  EXPECT_EQ(MessageOf([] { RidgeOf("{alpha: -1}"); }),
            "test, alpha: expected a number from 0, got -1");
  EXPECT_EQ(MessageOf([] { Logistic("{C: 0}"); }),
            "test, C: expected a number above 0, got 0");
}

}  // namespace
}  // namespace tidemill
