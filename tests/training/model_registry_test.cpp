#include <gtest/gtest.h>

#include "training/linear_models_testing.h"

namespace tidemill {
namespace {

TEST(ModelRegistryTest, AnUnknownModelNamesTheNearest) {
  EXPECT_EQ(MessageOf([] { FindModel("Rigde", Task::kRegression, "here"); }),
            "here: expected a model for a regression task: ElasticNet, Lasso, "
            "LinearRegression, Ridge, XGBRegressor (did you mean 'Ridge'?), "
            "got 'Rigde'");
}

TEST(ModelRegistryTest, AModelOfTheOtherTaskIsRefused) {
  const auto error = ErrorOf([] { FindModel("Ridge", Task::kBinary, "here"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
}

TEST(ModelRegistryTest, AParameterOutOfBoundsIsABadConfig) {
  EXPECT_EQ(MessageOf([] { FitRegression("Ridge", "{alpha: -1}"); }),
            "test:1:9 (alpha): expected a number from 0, got -1");
  EXPECT_EQ(MessageOf([] { FitRegression("ElasticNet", "{l1_ratio: 2}"); }),
            "test:1:12 (l1_ratio): expected a number from 0 to 1, got 2");
}

TEST(LinearModelsTest, OurScoresAreThoseOfEigensProduct) {
  const TrainedModel model =
      FitAlone("LogisticRegression", Task::kBinary, "{}", kFeatures, kClasses);
  const std::vector<double> theirs = model.library_scores(kFeatures);
  std::vector<double> ours(theirs.size());
  model.predictor->Predict(kFeatures, ours);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], theirs[i], 1e-15);
  }
}

}  // namespace
}  // namespace tidemill
