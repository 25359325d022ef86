// Expected numbers: Feature-engine 1.9.4, CountFrequencyEncoder with
// missing_values="ignore".
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/hostile_step.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

constexpr const char* kStep = "CountFrequencyEncoder";

Frame Training() {
  return FrameOf({CategoryColumn("c", {"a", "b", nullptr, "a", "a"})});
}

std::vector<double> Encoded(ParameterValue::Map parameters) {
  Frame frame = Training();
  const StepPtr step = Fitted(kStep, Map(std::move(parameters)), frame);
  frame.columns[0].codes[3] = kUnseenCode;
  return Transformed(*step, frame).columns[0].numbers;
}

TEST(CountFrequencyEncoderTest, CountsRows) {
  EXPECT_THAT(Encoded({}), ElementsAre(3, 1, IsNan(), IsNan(), 3));
}

TEST(CountFrequencyEncoderTest, SharesAreOfTheRowsThatAreNotMissing) {
  EXPECT_THAT(Encoded({{"encoding_method", Text("frequency")}}),
              ElementsAre(0.75, 0.25, IsNan(), IsNan(), 0.75));
}

TEST(CountFrequencyEncoderTest, EncodesUnseenAndMissingAsZeroWhenAsked) {
  EXPECT_THAT(Encoded({{"unseen", Text("encode")}}),
              ElementsAre(3, 1, 0, 0, 3));
}

TEST(CountFrequencyEncoderTest, AColumnThatIsAllMissingStaysSo) {
  const Frame out =
      FitAndTransform(kStep, Map({{"encoding_method", Text("frequency")}}),
                      FrameOf({CategoryColumn("c", {nullptr, nullptr})}));
  EXPECT_THAT(out.columns[0].numbers, ElementsAre(IsNan(), IsNan()));
}

TEST(CountFrequencyEncoderTest, RefusesWhatWouldRejectAnEvent) {
  EXPECT_EQ(ThrownMessage<ConfigError>([] {
              Configured(kStep, Map({{"unseen", Text("raise")}}));
            }),
            ": expected one of ignore, encode, got text 'raise'");
  EXPECT_THROW(Configured(kStep, Map({{"missing_values", Text("raise")}})),
               ConfigError);
}

std::string ErrorOf(const std::vector<std::string>& categories,
                    const std::vector<double>& encodings) {
  const Frame frame = Training();
  return LoadError(
      kStep,
      [&](RawBytes& out) {
        out.Bool(false);
        out.U64(1);
        out.Text("c");
        out.Texts(categories);
        out.Doubles(encodings);
      },
      SourcesOf(frame));
}

TEST(CountFrequencyEncoderTest, RefusesAnArtifactThatMakesNoSense) {
  EXPECT_THAT(ErrorOf({"a", "b"}, {1.0}), HasSubstr("an encoding per"));
  EXPECT_THAT(ErrorOf({"a"}, {kNaN}), HasSubstr("finite"));
  EXPECT_THAT(ErrorOf({"a", "a"}, {1.0, 2.0}), HasSubstr("'a'"));
}

}  // namespace
}  // namespace tidemill
