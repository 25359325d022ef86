#include "tidemill/rollout/served_model.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/small_artifact.h"

namespace tidemill {
namespace {

/// The edges of an artifact whose score has no baseline.
std::vector<double> EdgesWithoutBaseline(Artifact artifact) {
  artifact.baselines.score = Baseline{};
  return GuardrailScoreEdges(
      LoadedModel(std::move(artifact), std::string(64, '0'), 1, 1));
}

TEST(GuardrailScoreEdgesTest, WithoutABaselineProbabilitiesHaveTenBins) {
  const std::vector<double> tenths = {0.1, 0.2, 0.3, 0.4, 0.5,
                                      0.6, 0.7, 0.8, 0.9};
  EXPECT_EQ(EdgesWithoutBaseline(SmallArtifact()), tenths);
  EXPECT_EQ(EdgesWithoutBaseline(SmallManyClasses()), tenths);
}

TEST(GuardrailScoreEdgesTest, WithoutABaselineARegressionHasNone) {
  Artifact artifact = SmallArtifact();
  artifact.manifest.task = Task::kRegression;
  EXPECT_TRUE(EdgesWithoutBaseline(std::move(artifact)).empty());
}

}  // namespace
}  // namespace tidemill
