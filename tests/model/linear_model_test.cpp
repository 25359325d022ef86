#include "tidemill/model/linear_model.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"

namespace tidemill {
namespace {

std::vector<double> Scores(const Predictor& model, const RowMatrix& features) {
  std::vector<double> scores(static_cast<std::size_t>(features.rows()) *
                             model.num_outputs());
  model.Predict(features, scores);
  return scores;
}

TEST(LinearModelTest, AddsInterceptAndWeightedFeatures) {
  const LinearModel model({2.0, -0.5}, 1.0, Link::kIdentity);
  EXPECT_EQ(Scores(model, RowMatrix{{3.0, 4.0}, {0.0, 0.0}}),
            (std::vector<double>{5.0, 1.0}));
}

TEST(LinearModelTest, TheLogisticLinkGivesAProbability) {
  const LinearModel model({1.0}, 0.0, Link::kLogistic);
  const std::vector<double> scores =
      Scores(model, RowMatrix{{0.0}, {std::log(3.0)}, {-800.0}, {800.0}});
  EXPECT_EQ(scores[0], 0.5);
  EXPECT_NEAR(scores[1], 0.75, 1e-15);
  EXPECT_EQ(scores[2], 0.0);
  EXPECT_EQ(scores[3], 1.0);
}

TEST(LinearModelTest, AMissingFeatureMakesTheScoreNaN) {
  const LinearModel model({1.0, 1.0}, 0.0, Link::kLogistic);
  EXPECT_TRUE(std::isnan(Scores(model, RowMatrix{{1.0, kNaN}})[0]));
}

TEST(LinearModelTest, ARowScoresTheSameWhateverStandsBesideIt) {
  Random random(1);
  std::vector<double> coefficients(37);
  for (double& c : coefficients) c = random.Uniform() - 0.5;
  const LinearModel model(coefficients, 0.25, Link::kLogistic);
  RowMatrix features(200, 37);
  for (Eigen::Index i = 0; i < features.size(); ++i) {
    features.data()[i] = random.Uniform() * 10.0;
  }
  const std::vector<double> together = Scores(model, features);
  for (Eigen::Index i = 0; i < features.rows(); ++i) {
    const std::vector<double> alone = Scores(model, RowMatrix(features.row(i)));
    EXPECT_TRUE(SameBits(alone[0], together[static_cast<std::size_t>(i)]));
  }
}

TEST(LinearModelTest, ScoresNoMoreRowsThanAskedFor) {
  const LinearModel model({1.0}, 0.0, Link::kIdentity);
  std::vector<double> scores(1);
  model.Predict(RowMatrix{{1.0}, {2.0}}, scores);
  EXPECT_EQ(scores[0], 1.0);
}

TEST(LinearModelTest, TheSoftmaxLinkGivesAProbabilityToEveryClass) {
  // The margins are 1 + x, 1 - x and 1.
  const LinearModel model(RowMatrix{{1.0}, {-1.0}, {0.0}}, {1.0, 1.0, 1.0},
                          Link::kSoftmax);
  EXPECT_EQ(model.num_outputs(), 3U);
  EXPECT_EQ(model.num_features(), 1U);
  const std::vector<double> scores =
      Scores(model, RowMatrix{{0.0}, {std::log(2.0)}});
  for (int k = 0; k < 3; ++k) EXPECT_EQ(scores[k], 1.0 / 3.0);
  // 2, 1/2 and 1 of 3.5.
  EXPECT_NEAR(scores[3], 4.0 / 7.0, 1e-15);
  EXPECT_NEAR(scores[4], 1.0 / 7.0, 1e-15);
  EXPECT_NEAR(scores[5], 2.0 / 7.0, 1e-15);
}

TEST(LinearModelTest, SoftmaxNeverOverflows) {
  const LinearModel model(RowMatrix{{1.0}, {2.0}}, {0.0, 0.0}, Link::kSoftmax);
  EXPECT_EQ(Scores(model, RowMatrix{{1e6}, {-1e6}}),
            (std::vector<double>{0.0, 1.0, 1.0, 0.0}));
}

TEST(LinearModelTest, SeveralOutputsNeedALinkOfSeveralAndSoftmaxNeedsThem) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] {
              LinearModel(RowMatrix{{1.0}, {2.0}}, {0.0, 0.0}, Link::kExp);
            }),
            "linear model: expected one output, got 2");
  EXPECT_EQ(ThrownMessage<ArtifactError>(
                [] { LinearModel({1.0}, 0.0, Link::kSoftmax); }),
            "linear model: expected 2 to 1000 outputs, got 1");
}

TEST(LinearModelTest, EveryOutputHasAsManyCoefficients) {
  EXPECT_EQ(
      ThrownMessage<ArtifactError>([] {
        LinearModel(RowMatrix{{1.0, 2.0, 3.0}}, {0.0, 0.0}, Link::kSoftmax);
      }),
      "linear model: expected as many coefficients for each of 2 outputs, got "
      "3 in all");
}

TEST(LinearModelTest, RefusesWhatIsNotFinite) {
  EXPECT_THROW(LinearModel({kNaN}, 0.0, Link::kIdentity), ArtifactError);
  EXPECT_THROW(LinearModel({1.0}, std::numeric_limits<double>::infinity(),
                           Link::kIdentity),
               ArtifactError);
}

TEST(LinearModelTest, RefusesNoCoefficients) {
  EXPECT_EQ(ThrownMessage<ArtifactError>(
                [] { LinearModel({}, 0.0, Link::kIdentity); }),
            "linear model: expected at least one coefficient, all finite, got "
            "none");
}

TEST(PredictorTest, ALinearModelReadsBack) {
  RawBytes out;
  SavePredictor(LinearModel({0.1, -2.0}, 0.3, Link::kLogistic), out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const PredictorPtr loaded = LoadPredictor(in);
  const auto& model = dynamic_cast<const LinearModel&>(*loaded);
  EXPECT_EQ(model.coefficients(), (std::vector<double>{0.1, -2.0}));
  EXPECT_EQ(model.intercepts(), (std::vector<double>{0.3}));
  EXPECT_FALSE(model.single_precision());
}

TEST(PredictorTest, ALinearModelOfManyOutputsReadsBack) {
  RawBytes out;
  SavePredictor(LinearModel(RowMatrix{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}},
                            {0.1, 0.2, 0.3}, Link::kSoftmax),
                out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  const PredictorPtr loaded = LoadPredictor(in);
  const auto& model = dynamic_cast<const LinearModel&>(*loaded);
  EXPECT_EQ(model.coefficients(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(model.intercepts(), (std::vector<double>{0.1, 0.2, 0.3}));
  EXPECT_EQ(model.link(), Link::kSoftmax);
}

TEST(PredictorTest, AnUnknownFamilyIsRefused) {
  RawBytes out;
  out.Text("oracle");
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "model.bin, model");
  EXPECT_EQ(
      ThrownMessage<ArtifactError>([&] { LoadPredictor(in); }),
      "model.bin, model: expected the model family linear, gblinear, gbtree, "
      "forest, mlp, gaussian_nb, complement, calibrated, voting, stacking or "
      "transformed_target, got 'oracle'");
}

}  // namespace
}  // namespace tidemill
