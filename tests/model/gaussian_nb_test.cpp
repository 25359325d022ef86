#include "tidemill/model/gaussian_nb.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "model/predictor_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(GaussianNbTest, GivesEveryClassItsProbability) {
  // GaussianNB.predict_proba of scikit-learn 1.9.1 with these numbers.
  const std::vector<double> shares = OutputsOf(
      GaussianNb(SmallGaussians()), RowMatrix{{3.0, 5.0}, {1e6, -1e6}});
  EXPECT_NEAR(shares[0], 0.5150184333082807, 1e-15);
  EXPECT_NEAR(shares[1], 0.48498156669171977, 1e-15);
  EXPECT_NEAR(shares[2], 0.0, 1e-15);
  EXPECT_EQ(shares[3], 0.0);
  EXPECT_EQ(shares[4], 1.0);
  EXPECT_EQ(shares[5], 0.0);
}

GaussianClasses TwoClasses() {
  return {.log_priors = {std::log(0.5), std::log(0.5)},
          .log_norms = {0.0, 0.0},
          .means = {-1.0, 1.0},
          .variances = {1.0, 1.0}};
}

TEST(GaussianNbTest, OfTwoClassesItGivesTheSecond) {
  const GaussianNb model(TwoClasses());
  EXPECT_EQ(model.num_outputs(), 1U);
  const std::vector<double> shares =
      OutputsOf(model, RowMatrix{{0.0}, {1.0}, {-1.0}});
  EXPECT_EQ(shares[0], 0.5);
  EXPECT_NEAR(shares[1], 1.0 / (1.0 + std::exp(-2.0)), 1e-15);
  EXPECT_NEAR(shares[2], 1.0 / (1.0 + std::exp(2.0)), 1e-15);
}

TEST(GaussianNbTest, AMissingFeatureMakesTheOutputNaN) {
  EXPECT_TRUE(
      std::isnan(OutputsOf(GaussianNb(TwoClasses()), RowMatrix{{kNaN}})[0]));
}

TEST(GaussianNbTest, RefusesWhatDoesNotFit) {
  const auto message = [](auto change) {
    GaussianClasses classes = TwoClasses();
    change(classes);
    return ThrownMessage<ArtifactError>(
        [&] { GaussianNb model(std::move(classes)); });
  };
  EXPECT_EQ(message([](GaussianClasses& c) { c.log_norms = {0.0}; }),
            "gaussian_nb: expected a log prior and a log norm for each of 2 to "
            "1000 classes, got 2 and 1");
  EXPECT_EQ(message([](GaussianClasses& c) {
              c.means = {1.0, 2.0, 3.0};
            }),
            "gaussian_nb: expected as many means and variances for each of 2 "
            "classes, got 3 and 2 in all");
  EXPECT_EQ(message([](GaussianClasses& c) { c.means[0] = kNaN; }),
            "gaussian_nb: expected finite numbers, got NaN or an infinity");
  EXPECT_EQ(message([](GaussianClasses& c) { c.variances[1] = 0.0; }),
            "gaussian_nb: expected variances above 0, got 0");
}

}  // namespace
}  // namespace tidemill
