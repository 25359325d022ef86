#include "tidemill/model/mlp.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "model/predictor_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

const RowMatrix kRows{{1.0, 2.0}, {-3.0, 0.5}};

TEST(MlpTest, IdentityLayersAddUp) {
  // (1 2) gives the hidden 2.25 and -0.5: 2 x 2.25 + 0.5 + 0.125.
  EXPECT_EQ(OutputsOf(*SmallMlp(Activation::kIdentity), kRows),
            (std::vector<double>{5.125, -10.875}));
}

TEST(MlpTest, ReluCutsTheHiddenSumsAtZero) {
  EXPECT_EQ(OutputsOf(*SmallMlp(Activation::kRelu), kRows),
            (std::vector<double>{4.625, -5.875}));
}

TEST(MlpTest, OtherActivationsAreScikitLearns) {
  // MLPRegressor.predict of scikit-learn 1.9.1 with these weights.
  const std::vector<double> logistic =
      OutputsOf(*SmallMlp(Activation::kLogistic), kRows);
  EXPECT_NEAR(logistic[0], 1.5567604014036358, 1e-15);
  EXPECT_NEAR(logistic[1], -0.7208110168008782, 1e-15);
  const std::vector<double> tanh =
      OutputsOf(*SmallMlp(Activation::kTanh), kRows);
  EXPECT_NEAR(tanh[0], 2.543169386737637, 1e-15);
  EXPECT_NEAR(tanh[1], -2.848216307953656, 1e-15);
}

TEST(MlpTest, TheLinkMakesAProbability) {
  EXPECT_EQ(
      OutputsOf(*SmallMlp(Activation::kIdentity, Link::kLogistic), kRows)[0],
      1.0 / (1.0 + std::exp(-5.125)));
}

TEST(MlpTest, WithoutHiddenLayersItIsLinear) {
  const Mlp model({{.weights = {1.0, 2.0, 3.0, 4.0}, .biases = {0.5, -0.5}}},
                  Activation::kRelu, Link::kIdentity);
  EXPECT_EQ(OutputsOf(model, RowMatrix{{1.0, -1.0}}),
            (std::vector<double>{-1.5, -2.5}));
}

TEST(MlpTest, AMissingFeatureMakesTheOutputNaN) {
  for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
    EXPECT_TRUE(std::isnan(
        OutputsOf(*SmallMlp(activation), RowMatrix{{kNaN, 1.0}})[0]));
  }
}

TEST(MlpTest, RefusesLayersThatDoNotFit) {
  const DenseLayer two_to_one = {.weights = {1.0, 1.0}, .biases = {0.0}};
  const auto message = [](std::vector<DenseLayer> layers) {
    return ThrownMessage<ArtifactError>(
        [&] { Mlp(std::move(layers), Activation::kRelu, Link::kIdentity); });
  };
  EXPECT_EQ(message({}), "mlp: expected at least one layer, got none");
  EXPECT_EQ(message({two_to_one, two_to_one}),
            "mlp, layer 1: expected 1 inputs, got 2");
  EXPECT_EQ(message({{.weights = {1.0, 2.0, 3.0}, .biases = {0.0, 0.0}}}),
            "mlp, layer 0: expected as many weights for each of one or more "
            "biases, got 3 weights, 2 biases");
  EXPECT_EQ(message({{.weights = {1.0}, .biases = {}}}),
            "mlp, layer 0: expected as many weights for each of one or more "
            "biases, got 1 weights, 0 biases");
  EXPECT_EQ(message({{.weights = {kNaN}, .biases = {0.0}}}),
            "mlp, layer 0: expected finite weights and biases, got NaN or an "
            "infinity");
}

TEST(MlpTest, RefusesALinkThatDoesNotFit) {
  EXPECT_THROW(SmallMlp(Activation::kRelu, Link::kSoftmax), ArtifactError);
}

}  // namespace
}  // namespace tidemill
