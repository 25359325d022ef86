#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

double NumberOf(const char* time, const ParameterValue& parameters = {}) {
  return FitAndTransform("DatetimeOrdinal", parameters,
                         FrameOf({TimeColumn("t", {time})}))
      .columns[0]
      .numbers[0];
}

TEST(DatetimeOrdinalTest, CountsDaysFromTheFirstOfTheCalendar) {
  EXPECT_EQ(NumberOf("0001-01-01"), 1);
  EXPECT_EQ(NumberOf("1970-01-01T23:59:59"), 719163);
  EXPECT_EQ(NumberOf("1969-12-31T23:59:59"), 719162);
}

TEST(DatetimeOrdinalTest, TheStartHasTheNumberOne) {
  const ParameterValue start = Map({{"start_date", Text("2026-11-21")}});
  EXPECT_EQ(NumberOf("2026-11-21T12:00:00", start), 1);
  EXPECT_EQ(NumberOf("2026-11-20", start), 0);
}

TEST(DatetimeOrdinalTest, TheDayIsThatOfTheClockAsWritten) {
  EXPECT_EQ(NumberOf("1970-01-01T23:30:00-05:00"), 719163);
}

TEST(DatetimeOrdinalTest, MissingIsMissing) {
  EXPECT_TRUE(std::isnan(NumberOf(nullptr)));
}

TEST(DatetimeOrdinalTest, TheTimesCanBeKept) {
  EXPECT_THAT(NamesOf(FitAndTransform("DatetimeOrdinal",
                                      Map({{"drop_original", Truth(false)}}),
                                      FrameOf({TimeColumn("t", {nullptr})}))),
              ElementsAre("t", "t_ordinal"));
}

TEST(DatetimeOrdinalTest, RefusesAStartThatIsNoDay) {
  EXPECT_THAT(ConfigureError("DatetimeOrdinal",
                             Map({{"start_date", Text("yesterday")}})),
              HasSubstr("expected a day"));
}

}  // namespace
}  // namespace tidemill
