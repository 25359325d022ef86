#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/predictor_testing.h"
#include "model/small_artifact.h"
#include "model/small_forest.h"
#include "tidemill/model/forest_walker.h"
#include "tidemill/model/linear_booster.h"

namespace tidemill {

/// One predictor of every family there is.
inline std::vector<PredictorPtr> PredictorCases() {
  std::vector<PredictorPtr> cases;
  cases.push_back(Weighted({1.5, -2.0}, Link::kLogistic));
  cases.push_back(std::make_unique<TreeWalker>(SmallTrees()));
  cases.push_back(std::make_unique<LinearBooster>(
      LinearBooster::Parts{.weights = {0.5F, -1.0F},
                           .biases = {0.25F},
                           .base_margins = {0.0F},
                           .link = Link::kIdentity}));
  cases.push_back(std::make_unique<ForestWalker>(SmallForest()));
  cases.push_back(SmallMlp(Activation::kRelu));
  cases.push_back(std::make_unique<GaussianNb>(SmallGaussians()));
  cases.push_back(std::make_unique<Complement>(Stump(0.25F, 0.5F)));
  cases.push_back(std::make_unique<Calibrated>(
      CalibrationMethod::kSigmoid,
      Members(Member({0, 1}, Weighted({1.0, 2.0}))),
      std::vector<Calibration>{std::vector<SigmoidMap>{{-1.5, 0.5}}}));
  cases.push_back(std::make_unique<Voting>(
      Members(Member({0}, Weighted({1.0})), Member({1}, Weighted({2.0}))),
      std::vector<double>{1.0, 3.0}));
  cases.push_back(std::make_unique<Stacking>(
      Members(Member({0}, Weighted({1.0})), Member({1}, Weighted({2.0}))),
      std::vector<std::uint64_t>{1}, Weighted({0.5, 0.25, 0.125})));
  cases.push_back(std::make_unique<TransformedTarget>(
      Weighted({1.0}),
      std::vector<TargetMap>{
          {.function = TargetFunction::kMultiplyAdd, .a = 2.0, .b = 1.0}}));
  return cases;
}

}  // namespace tidemill
