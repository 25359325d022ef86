#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

Frame OneToFive() {
  return FrameOf({NumberColumn("a", {1.0, 2.0, 3.0, 4.0, 100.0})});
}

std::vector<double> Capped(const char* method, double fold,
                           const char* tail = "both") {
  return FitAndTransform("Winsorizer",
                         Map({{"capping_method", Text(method)},
                              {"fold", Number(fold)},
                              {"tail", Text(tail)}}),
                         OneToFive())
      .columns[0]
      .numbers;
}

TEST(WinsorizerTest, CutsBeyondTheQuartiles) {
  // Quartiles 2 and 4: 2 - 0.25 * 2 and 4 + 0.25 * 2.
  EXPECT_THAT(Capped("iqr", 0.25), ElementsAre(1.5, 2.0, 3.0, 4.0, 4.5));
}

TEST(WinsorizerTest, CutsAtQuantiles) {
  EXPECT_THAT(Capped("quantiles", 0.125),
              ElementsAre(1.5, 2.0, 3.0, 4.0, 52.0));
}

TEST(WinsorizerTest, CutsByTheMedianDeviation) {
  // Deviations 2, 1, 0, 1, 97: their median is 1.
  EXPECT_THAT(Capped("mad", 0.67449), ElementsAre(2.0, 2.0, 3.0, 4.0, 4.0));
}

TEST(WinsorizerTest, CutsByTheStandardDeviation) {
  const Frame frame = FrameOf({NumberColumn("a", {0.0, 10.0})});
  EXPECT_THAT(FitAndTransform(
                  "Winsorizer",
                  Map({{"tail", Text("both")}, {"fold", Number(0.5)}}), frame)
                  .columns[0]
                  .numbers,
              ElementsAre(2.5, 7.5));
}

TEST(WinsorizerTest, CutsOneTailWhenAskedTo) {
  EXPECT_THAT(Capped("iqr", 0.25, "right"),
              ElementsAre(1.0, 2.0, 3.0, 4.0, 4.5));
  EXPECT_THAT(Capped("iqr", 0.25, "left"),
              ElementsAre(1.5, 2.0, 3.0, 4.0, 100.0));
}

TEST(WinsorizerTest, IndicatorsSayWhatWasCut) {
  const Frame out = FitAndTransform("Winsorizer",
                                    Map({{"capping_method", Text("iqr")},
                                         {"fold", Number(0.25)},
                                         {"tail", Text("both")},
                                         {"add_indicators", Truth(true)}}),
                                    OneToFive());
  EXPECT_THAT(NamesOf(out), ElementsAre("a", "a_left", "a_right"));
  EXPECT_THAT(out.columns[1].numbers, ElementsAre(1.0, 0.0, 0.0, 0.0, 0.0));
  EXPECT_THAT(out.columns[2].numbers, ElementsAre(0.0, 0.0, 0.0, 0.0, 1.0));
}

TEST(WinsorizerTest, RefusesAColumnThatHardlyVaries) {
  EXPECT_EQ(ThrownMessage<DataError>([] {
              Fitted("Winsorizer", Map({{"capping_method", Text("mad")}}),
                     FrameOf({NumberColumn("a", {1.0, 1.0, 1.0, 5.0})}));
            }),
            "Winsorizer, column 'a': expected values that vary (by "
            "capping_method mad), got hardly any variation");
}

TEST(WinsorizerTest, RefusesAFoldThatCutsNothing) {
  EXPECT_THROW(Configured("Winsorizer", Map({{"fold", Number(0.0)}})),
               ConfigError);
  EXPECT_THROW(Configured("Winsorizer", Map({{"fold", Text("few")}})),
               ConfigError);
}

}  // namespace
}  // namespace tidemill
