// Every step: what it has learned survives saving and loading bit for bit.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "features/raw_bytes.h"
#include "features/step_cases.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_io.h"

namespace tidemill {
namespace {

class StepRoundTripTest : public testing::TestWithParam<StepCase> {
 protected:
  StepRoundTripTest() { steps_.push_back(FittedCase(GetParam())); }
  static std::string Saved(std::span<const StepPtr> steps) {
    RawBytes out;
    SaveSteps(steps, out);
    return out.Finish();
  }
  static std::vector<StepPtr> Loaded(const std::string& bytes) {
    BinaryReader in(bytes, "test");
    std::vector<StepPtr> steps = LoadSteps(in, kMaxStepDepth);
    in.Finish();
    return steps;
  }

  std::vector<StepPtr> steps_;
};

TEST_P(StepRoundTripTest, ALoadedStepGivesTheSameBits) {
  const std::vector<StepPtr> loaded = Loaded(Saved(steps_));
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_TRUE(SameFrame(Transformed(*loaded[0], GetParam().frame),
                        Transformed(*steps_[0], GetParam().frame)));
}

TEST_P(StepRoundTripTest, ALoadedStepIsSavedToTheSameBytes) {
  const std::string bytes = Saved(steps_);
  EXPECT_EQ(Saved(Loaded(bytes)), bytes);
}

TEST_P(StepRoundTripTest, EveryCutIsRefused) {
  const std::string bytes = Saved(steps_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(Loaded(bytes.substr(0, size)), ArtifactError) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, StepRoundTripTest,
                         testing::ValuesIn(StepCases()),
                         [](const testing::TestParamInfo<StepCase>& step) {
                           return step.param.name;
                         });

}  // namespace
}  // namespace tidemill
