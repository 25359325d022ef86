#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "features/step_testing.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/model/calibrated.h"
#include "tidemill/model/complement.h"
#include "tidemill/model/gaussian_nb.h"
#include "tidemill/model/linear_model.h"
#include "tidemill/model/mlp.h"
#include "tidemill/model/stacking.h"
#include "tidemill/model/transformed_target.h"
#include "tidemill/model/tree_walker.h"
#include "tidemill/model/voting.h"

namespace tidemill {

/// Row after row, what the predictor makes of them.
inline std::vector<double> OutputsOf(const Predictor& predictor,
                                     const RowMatrix& features) {
  std::vector<double> outputs(static_cast<std::size_t>(features.rows()) *
                              predictor.num_outputs());
  predictor.Predict(features, outputs);
  return outputs;
}

inline std::string BytesOf(const Predictor& predictor) {
  BinaryWriter out;
  SavePredictor(predictor, out);
  return out.Finish();
}

inline PredictorPtr ReadBack(const std::string& bytes) {
  BinaryReader in(bytes, "m");
  PredictorPtr predictor = LoadPredictor(in);
  in.Finish();
  return predictor;
}

/// The sum of weighted features, through a link.
inline PredictorPtr Weighted(std::vector<double> weights,
                             Link link = Link::kIdentity) {
  return std::make_unique<LinearModel>(std::move(weights), 0.0, link);
}

/// Of these members; vector's own list of values would copy them.
template <typename... Each>
std::vector<Member> Members(Each... each) {
  std::vector<Member> members;
  (members.push_back(std::move(each)), ...);
  return members;
}

/// One tree of XGBoost's: features[0] < 0.5 gives `below`, else `above`.
inline PredictorPtr Stump(float below, float above) {
  TreeEnsemble ensemble;
  ensemble.num_features = 1;
  ensemble.trees = {{.feature = {0, 0, 0},
                     .left = {1, -1, -1},
                     .right = {2, -1, -1},
                     .value = {0.5F, below, above},
                     .default_left = {1, 0, 0}}};
  return std::make_unique<TreeWalker>(std::move(ensemble));
}

/// Two inputs, a hidden layer of two, one output.
inline PredictorPtr SmallMlp(Activation hidden, Link link = Link::kIdentity) {
  return std::make_unique<Mlp>(
      std::vector<DenseLayer>{
          {.weights = {1.0, -2.0, 0.5, 1.0}, .biases = {0.25, -0.5}},
          {.weights = {2.0, -1.0}, .biases = {0.125}}},
      hidden, link);
}

/// Three classes of two features.
inline GaussianClasses SmallGaussians() {
  return {
      .log_priors = {-1.0986122886681098, -1.0986122886681098,
                     -1.0986122886681098},
      .log_norms = {-1.43241205363451, -2.1655805513645587, -1.43241205363451},
      .means = {1.0, 2.0, 6.666666666666667, 8.0, 2.0, 21.0},
      .variances = {0.6666667302222222, 0.6666667302222222, 2.8888889524444443,
                    0.6666667302222222, 0.6666667302222222,
                    0.6666667302222222}};
}

/// A stack of every kind of predictor over seven features.
inline PredictorPtr SmallBlend() {
  const auto calibrated = [](CalibrationMethod method, PredictorPtr predictor,
                             Calibration calibration) {
    return std::make_unique<Calibrated>(
        method, Members(Member({0, 1}, std::move(predictor))),
        std::vector<Calibration>{std::move(calibration)});
  };
  const IsotonicMap lines = {.x = {-1.0, 0.0, 2.0}, .y = {0.0, 0.25, 1.0}};
  GaussianClasses two = SmallGaussians();
  for (std::vector<double>* numbers : {&two.log_priors, &two.log_norms}) {
    numbers->resize(2);
  }
  for (std::vector<double>* numbers : {&two.means, &two.variances}) {
    numbers->resize(4);
  }
  PredictorPtr votes = std::make_unique<Voting>(
      Members(Member({3, 1}, SmallMlp(Activation::kTanh, Link::kLogistic)),
              Member({5, 6}, std::make_unique<GaussianNb>(std::move(two)))),
      std::vector<double>{1.0, 3.0});
  PredictorPtr final_predictor = std::make_unique<TransformedTarget>(
      Weighted({0.5, 0.25, 0.125, 1.0, -1.0, 0.01}),
      std::vector<TargetMap>{
          {.function = TargetFunction::kMultiplyAdd, .a = 2.0, .b = 1.0}});
  return std::make_unique<Stacking>(
      Members(Member({0, 1}, calibrated(CalibrationMethod::kIsotonic,
                                        Weighted({1.0, -1.0}),
                                        std::vector<IsotonicMap>{lines})),
              Member({2, 3}, calibrated(CalibrationMethod::kSigmoid,
                                        Weighted({1.0, 2.0}),
                                        std::vector<SigmoidMap>{{-1.5, 0.5}})),
              Member({4, 2}, calibrated(CalibrationMethod::kTemperature,
                                        Weighted({0.5, 0.25}),
                                        Temperature{0.7, false})),
              Member({0, 1, 2, 3, 4, 5, 6}, std::move(votes)),
              Member({6}, std::make_unique<Complement>(Stump(0.25F, 0.5F)))),
      std::vector<std::uint64_t>{1}, std::move(final_predictor));
}

}  // namespace tidemill
