#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/linear_models_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TrainedModel Logistic(std::string_view parameters,
                      const std::vector<double>& weights = {}) {
  return FitAlone("LogisticRegression", Task::kBinary, parameters, kFeatures,
                  kClasses, FitExtras{.weights = weights});
}

TEST(LogisticRegressionTest, FindsScikitLearnsOptimum) {
  ExpectModel(Logistic("{}"), {0.2495369889551585, 0.5759652532409897},
              -0.16465960015656156);
}

TEST(LogisticRegressionTest, ASmallerCShrinksMore) {
  ExpectModel(Logistic("{C: 0.1}"), {0.062086722817520985, 0.14384596397482},
              -0.03877527105814278);
}

TEST(LogisticRegressionTest, TheInterceptCanBeLeftOut) {
  ExpectModel(Logistic("{fit_intercept: false}"),
              {0.23161711111878472, 0.5545670289772467}, 0.0);
}

TEST(LogisticRegressionTest, RowsCountByTheirWeights) {
  ExpectModel(Logistic("{}", kWeights),
              {0.05681789246996788, 0.9559717917591185}, -0.5691258619281933);
}

TEST(LogisticRegressionTest, BalancedClassesWeighAlike) {
  ExpectModel(Logistic("{class_weight: balanced}", kWeights),
              {0.053060035008363246, 1.139911434784479}, 0.19592546262810429);
}

TEST(LogisticRegressionTest, AClassThatIsNotNamedHasWeight1) {
  const TrainedModel model = Logistic("{class_weight: {1: 3}}");
  ExpectModel(model, {0.21167747756803365, 0.8487419284527821},
              0.8136471762777989);
}

TEST(LogisticRegressionTest, AClassWeightOfAnUnknownLabelIsABadConfig) {
  EXPECT_THAT(MessageOf([] { Logistic("{class_weight: {Yes: 3}}"); }),
              HasSubstr("expected a class of the data: '0', '1', got 'Yes'"));
  EXPECT_THAT(MessageOf([] { Logistic("{class_weight: {1: -1}}"); }),
              HasSubstr("expected a weight from 0, got the number -1"));
  EXPECT_THAT(MessageOf([] { Logistic("{class_weight: even}"); }),
              HasSubstr("expected balanced, or a map of labels to weights"));
}

TEST(LogisticRegressionTest, WithoutAPenaltyCIsOfNoConsequence) {
  for (const auto* parameters : {"{penalty: none}", "{penalty: none, C: 7}"}) {
    ExpectModel(Logistic(parameters), {0.40029183632515397, 0.9410083674166599},
                -0.28973663241015074);
  }
}

TEST(LogisticRegressionTest, L1PutsExact0s) {
  const TrainedModel model = Logistic("{penalty: l1}");
  // saga's own precision.
  ExpectModel(model, {0.0, 0.323179423717273}, -0.06052152315540749, 1e-7);
  EXPECT_EQ(LinearOf(model).coefficients()[0], 0.0);
}

TEST(LogisticRegressionTest, ElasticNetMixesBothPenalties) {
  const TrainedModel model =
      Logistic("{penalty: elasticnet, l1_ratio: 0.4, C: 2}");
  ExpectModel(model, {0.25525673162320317, 0.6677352369395393},
              -0.18640023198407327, 1e-7);
}

TEST(LogisticRegressionTest, WithoutANamedPenaltyTheL1RatioSaysAll) {
  const TrainedModel named = Logistic("{penalty: l1}");
  ExpectModel(Logistic("{l1_ratio: 1}"), LinearOf(named).coefficients(),
              LinearOf(named).intercepts()[0], 0.0);
}

TEST(LogisticRegressionTest, AnL1RatioBesideAPurePenaltyIsABadConfig) {
  EXPECT_THAT(MessageOf([] { Logistic("{penalty: l1, l1_ratio: 0.5}"); }),
              HasSubstr("expected no l1_ratio beside penalty l1, got the "
                        "number 0.5"));
}

// The optimum's own conditions, whatever any library says: the slope of the
// loss is the L1 penalty, or less where a coefficient is 0.
TEST(LogisticRegressionTest, TheSlopeOfTheLossIsThePenalty) {
  const TrainedModel model = Logistic("{penalty: l1, C: 0.9}");
  const LinearModel& linear = LinearOf(model);
  std::vector<double> p(kClasses.size());
  linear.Predict(kFeatures, p);
  double slope[3] = {0.0, 0.0, 0.0};
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    slope[0] += 0.9 * (kClasses[i] - p[i]) * kFeatures(row, 0);
    slope[1] += 0.9 * (kClasses[i] - p[i]) * kFeatures(row, 1);
    slope[2] += 0.9 * (kClasses[i] - p[i]);
  }
  EXPECT_EQ(linear.coefficients()[0], 0.0);
  EXPECT_LE(std::abs(slope[0]), 1.0);
  EXPECT_GT(linear.coefficients()[1], 0.0);
  EXPECT_NEAR(slope[1], 1.0, 1e-13);
  EXPECT_NEAR(slope[2], 0.0, 1e-13);
}

TEST(LogisticRegressionTest, SeparableClassesConverge) {
  std::vector<std::string> warnings;
  const RowMatrix features{{-2.0}, {-1.0}, {1.0}, {2.0}};
  FitAlone("LogisticRegression", Task::kBinary, "{C: 1.0e+6}", features,
           {0, 0, 1, 1}, &warnings);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(LogisticRegressionTest, SeparableClassesWithoutAPenaltyAreSpokenOf) {
  std::vector<std::string> warnings;
  const RowMatrix features{{-2.0}, {-1.0}, {1.0}, {2.0}};
  const TrainedModel model =
      FitAlone("LogisticRegression", Task::kBinary, "{penalty: none}", features,
               {0, 0, 1, 1}, &warnings);
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("best coefficients are infinite")));
  EXPECT_GT(LinearOf(model).coefficients()[0], 10.0);
}

TEST(LogisticRegressionTest, EqualColumnsWithoutAPenaltyShareTheWeight) {
  const RowMatrix once{{1.0}, {2.0}, {3.0}, {4.0}};
  const RowMatrix twice{{1.0, 1.0}, {2.0, 2.0}, {3.0, 3.0}, {4.0, 4.0}};
  const auto fit = [](const RowMatrix& features) {
    return FitAlone("LogisticRegression", Task::kBinary, "{penalty: none}",
                    features, {0, 1, 0, 1});
  };
  const TrainedModel one = fit(once);
  const TrainedModel two = fit(twice);
  const double half = LinearOf(one).coefficients()[0] / 2.0;
  ExpectModel(two, {half, half}, LinearOf(one).intercepts()[0], 1e-13);
}

TEST(LogisticRegressionTest, AColumnsUnitDoesNotMatterWithoutAPenalty) {
  RowMatrix scaled = kFeatures;
  scaled.col(0) *= 1e12;
  scaled.col(1) *= 1e-12;
  std::vector<std::string> warnings;
  const TrainedModel model =
      FitAlone("LogisticRegression", Task::kBinary, "{penalty: none}", scaled,
               kClasses, &warnings);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_NEAR(LinearOf(model).coefficients()[0] * 1e12, 0.40029183632515397,
              1e-12);
  EXPECT_NEAR(LinearOf(model).coefficients()[1] * 1e-12, 0.9410083674166599,
              1e-12);
}

TEST(LogisticRegressionTest, SaysWhenItDidNotConverge) {
  std::vector<std::string> warnings;
  FitAlone("LogisticRegression", Task::kBinary, "{max_iter: 1, tol: 1.0e-14}",
           kFeatures, kClasses, &warnings);
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("did not converge in 1 iterations")));
}

const std::vector<double> kThree = {0, 1, 2, 0, 1, 2, 2, 1};

TrainedModel Multinomial(std::string_view parameters,
                         std::vector<std::string>* warnings = nullptr) {
  return FitAlone("LogisticRegression", Task::kMulticlass, parameters,
                  kFeatures, kThree, warnings);
}

void ExpectOfMany(const TrainedModel& model, const std::vector<double>& w,
                  const std::vector<double>& intercepts, double tolerance) {
  const LinearModel& linear = LinearOf(model);
  ASSERT_EQ(linear.coefficients().size(), w.size());
  ASSERT_EQ(linear.intercepts().size(), intercepts.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    EXPECT_NEAR(linear.coefficients()[i], w[i], tolerance) << i;
  }
  for (std::size_t i = 0; i < intercepts.size(); ++i) {
    EXPECT_NEAR(linear.intercepts()[i], intercepts[i], tolerance) << i;
  }
}

TEST(MultinomialLogisticRegressionTest, FindsScikitLearnsOptimum) {
  ExpectOfMany(Multinomial("{}"),
               {0.5090458223632137, 0.3167324578753853, -0.00644251053965906,
                -1.0165987981912359, -0.502603311823554, 0.6998663403158502},
               {-0.36444592803208486, 0.2538574739647197, 0.11058845406736521},
               1e-13);
}

TEST(MultinomialLogisticRegressionTest, ItsScoresAreScikitLearnsProbabilities) {
  const TrainedModel model = Multinomial("{}");
  std::vector<double> p(3);
  model.predictor->Predict(kFeatures, p);
  EXPECT_NEAR(p[0], 0.3570878934991641, 1e-14);
  EXPECT_NEAR(p[1], 0.1349912459112228, 1e-14);
  EXPECT_NEAR(p[2], 0.507920860589613, 1e-14);
}

TEST(MultinomialLogisticRegressionTest, L1PutsExact0s) {
  const TrainedModel model = Multinomial("{penalty: l1, C: 3}");
  // saga's own precision.
  ExpectOfMany(model,
               {0.6324468188148453, 0.0, 0.0, -2.920718945712395,
                -0.47912050706582626, 0.3595489080898449},
               {-0.32759083571261244, 0.15829011759285094, 0.16930071811978},
               1e-6);
  EXPECT_EQ(LinearOf(model).coefficients()[1], 0.0);
}

TEST(MultinomialLogisticRegressionTest, WithoutAPenaltyTheClassesSumTo0) {
  std::vector<std::string> warnings;
  const RowMatrix line{{1}, {2}, {3}, {4}, {5}, {6}};
  const TrainedModel model =
      FitAlone("LogisticRegression", Task::kMulticlass, "{penalty: none}", line,
               {0, 1, 2, 0, 1, 2}, &warnings);
  const LinearModel& linear = LinearOf(model);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_GT(linear.coefficients()[2], 0.1);
  EXPECT_NEAR(linear.coefficients()[0] + linear.coefficients()[1] +
                  linear.coefficients()[2],
              0.0, 1e-14);
}

TEST(MultinomialLogisticRegressionTest, AClassWithoutARowGetsNoChance) {
  const RowMatrix line{{1}, {2}, {3}, {4}};
  const TrainedModel model = FitAlone("LogisticRegression", Task::kMulticlass,
                                      "{}", line, {0, 2, 0, 2});
  std::vector<double> p(3);
  model.predictor->Predict(line, p);
  EXPECT_LT(p[1], 1e-6);
  EXPECT_NEAR(p[0] + p[1] + p[2], 1.0, 1e-15);
}

}  // namespace
}  // namespace tidemill
