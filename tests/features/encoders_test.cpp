// What all encoders of categories have in common.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

class EncodersTest : public testing::TestWithParam<const char*> {
 protected:
  static FitContext Context() {
    static const std::vector<double> kTarget = {0.25, 1.0, 0.5, 3.0};
    FitContext context;
    context.target = kTarget;
    return context;
  }
  static std::string Step() { return GetParam(); }
};

TEST_P(EncodersTest, FittingOnANumberIsRefusedByName) {
  const std::string message = ThrownMessage<ConfigError>([] {
    Fitted(Step(), {}, FrameOf({NumberColumn("n", {1.0, 2.0, 3.0, 4.0})}),
           Context());
  });
  EXPECT_EQ(message.rfind("pipeline, " + Step() +
                              ", column 'n': expected a category column",
                          0),
            0U)
      << message;
}

TEST_P(EncodersTest, BeingBoundToANumberIsRefusedByName) {
  const StepPtr step =
      Fitted(Step(), {}, FrameOf({CategoryColumn("c", {"a", "b", "a", "c"})}),
             Context());
  EXPECT_EQ(
      ThrownMessage<ArtifactError>(
          [&] { Transformed(*step, FrameOf({NumberColumn("c", {1.0})})); }),
      "step " + Step() + ", column 'c': expected a category, got a number");
}

TEST_P(EncodersTest, ACategoryThatOnlyTheDictionaryHasIsLikeAnUnseenOne) {
  Frame frame = FrameOf({CategoryColumn("c", {"a", "b", "a", "b"})});
  frame.columns[0].column.categories.push_back("never");
  const StepPtr step = Fitted(Step(), {}, frame, Context());
  Frame unseen = frame;
  unseen.columns[0].codes[0] = kUnseenCode;
  frame.columns[0].codes[0] = 2;
  EXPECT_TRUE(SameFrame(Transformed(*step, frame), Transformed(*step, unseen)));
}

TEST_P(EncodersTest, OneValueAloneIsEncoded) {
  const Frame frame = FrameOf({CategoryColumn("c", {"a", "a", "a", "a"})});
  const Frame out = FitAndTransform(Step(), {}, frame, Context());
  ASSERT_EQ(out.columns.size(), 1U);
  EXPECT_EQ(out.columns[0].numbers.size() + out.columns[0].codes.size(), 4U);
}

INSTANTIATE_TEST_SUITE_P(Steps, EncodersTest,
                         testing::Values("CountFrequencyEncoder",
                                         "OneHotEncoder", "OrdinalEncoder",
                                         "RareLabelEncoder", "TargetEncoder"),
                         [](const testing::TestParamInfo<const char*>& step) {
                           return std::string(step.param);
                         });

}  // namespace
}  // namespace tidemill
