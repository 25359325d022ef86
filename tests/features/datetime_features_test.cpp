#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

/// One part of one time.
double PartOf(const char* time, const char* part) {
  return FitAndTransform("DatetimeFeatures",
                         Map({{"features_to_extract", Text(part)}}),
                         FrameOf({TimeColumn("t", {time})}))
      .columns[0]
      .numbers[0];
}

TEST(DatetimeFeaturesTest, TakesEveryPart) {
  // A Saturday.
  constexpr const char* kTime = "2026-11-21T09:12:34.9Z";
  EXPECT_EQ(PartOf(kTime, "year"), 2026);
  EXPECT_EQ(PartOf(kTime, "quarter"), 4);
  EXPECT_EQ(PartOf(kTime, "month"), 11);
  EXPECT_EQ(PartOf(kTime, "day_of_month"), 21);
  EXPECT_EQ(PartOf(kTime, "day_of_year"), 325);
  EXPECT_EQ(PartOf(kTime, "day_of_week"), 5);
  EXPECT_EQ(PartOf(kTime, "weekend"), 1);
  EXPECT_EQ(PartOf(kTime, "hour"), 9);
  EXPECT_EQ(PartOf(kTime, "minute"), 12);
  EXPECT_EQ(PartOf(kTime, "second"), 34);
  EXPECT_EQ(PartOf(kTime, "minute_of_day"), 9 * 60 + 12);
}

TEST(DatetimeFeaturesTest, KnowsTheEdgesOfPeriods) {
  EXPECT_EQ(PartOf("2026-10-01", "month_start"), 1);
  EXPECT_EQ(PartOf("2026-10-01", "quarter_start"), 1);
  EXPECT_EQ(PartOf("2026-11-01", "quarter_start"), 0);
  EXPECT_EQ(PartOf("2026-10-01", "year_start"), 0);
  EXPECT_EQ(PartOf("2026-01-01", "year_start"), 1);
  EXPECT_EQ(PartOf("2026-02-28", "month_end"), 1);
  EXPECT_EQ(PartOf("2028-02-28", "month_end"), 0);
  EXPECT_EQ(PartOf("2026-02-28", "quarter_end"), 0);
  EXPECT_EQ(PartOf("2026-06-30", "quarter_end"), 1);
  EXPECT_EQ(PartOf("2026-12-31", "year_end"), 1);
  EXPECT_EQ(PartOf("2028-01-01", "leap_year"), 1);
  EXPECT_EQ(PartOf("1900-01-01", "leap_year"), 0);
  EXPECT_EQ(PartOf("2028-02-03", "days_in_month"), 29);
  EXPECT_EQ(PartOf("2026-06-30", "semester"), 1);
  EXPECT_EQ(PartOf("2026-07-01", "semester"), 2);
}

TEST(DatetimeFeaturesTest, AWeekBelongsToTheYearOfItsThursday) {
  EXPECT_EQ(PartOf("2026-01-01", "week"), 1);   // a Thursday
  EXPECT_EQ(PartOf("2027-01-01", "week"), 53);  // a Friday
  EXPECT_EQ(PartOf("2024-12-30", "week"), 1);   // a Monday
  EXPECT_EQ(PartOf("2026-11-21", "week"), 47);
}

TEST(DatetimeFeaturesTest, WithoutPartsTheyAreThoseOfTheOrigin) {
  const Frame times = FrameOf({TimeColumn("t", {"2026-11-21"})});
  EXPECT_THAT(NamesOf(FitAndTransform("DatetimeFeatures", {}, times)),
              ElementsAre("t_month", "t_year", "t_day_of_week",
                          "t_day_of_month", "t_hour", "t_minute", "t_second"));
  EXPECT_EQ(FitAndTransform("DatetimeFeatures",
                            Map({{"features_to_extract", Text("all")}}), times)
                .columns.size(),
            20U);
}

TEST(DatetimeFeaturesTest, TheTimesCanBeKept) {
  EXPECT_THAT(
      NamesOf(FitAndTransform("DatetimeFeatures",
                              Map({{"features_to_extract", Text("hour")},
                                   {"drop_original", Truth(false)}}),
                              FrameOf({TimeColumn("t", {"2026-11-21"})}))),
      ElementsAre("t", "t_hour"));
}

TEST(DatetimeFeaturesTest, MondayIsZeroAndSundaySix) {
  EXPECT_EQ(PartOf("2026-11-16", "day_of_week"), 0);
  EXPECT_EQ(PartOf("2026-11-22", "day_of_week"), 6);
  EXPECT_EQ(PartOf("2026-11-20", "weekend"), 0);
  EXPECT_EQ(PartOf("2026-11-22", "weekend"), 1);
}

TEST(DatetimeFeaturesTest, ALeapYearHas366Days) {
  EXPECT_EQ(PartOf("2020-12-31", "day_of_year"), 366);
  EXPECT_EQ(PartOf("2019-12-31", "day_of_year"), 365);
  EXPECT_EQ(PartOf("2020-02-29", "day_of_month"), 29);
}

TEST(DatetimeFeaturesTest, TimesBefore1970CountForward) {
  EXPECT_EQ(PartOf("1969-12-31T23:59:59", "hour"), 23);
  EXPECT_EQ(PartOf("1969-12-31T23:59:59", "day_of_week"), 2);  // Wednesday
  EXPECT_EQ(PartOf("0001-01-01", "day_of_week"), 0);
}

TEST(DatetimeFeaturesTest, PartsAreThoseOfTheClockAsWritten) {
  EXPECT_EQ(PartOf("2026-11-21T23:30:00-05:00", "hour"), 23);
  EXPECT_EQ(PartOf("2026-11-21T23:30:00-05:00", "day_of_month"), 21);
  EXPECT_EQ(PartOf("2026-11-21T00:15:00+05:45", "minute"), 15);
}

TEST(DatetimeFeaturesTest, AMissingTimeIsMissingInEveryPart) {
  const Frame out = FitAndTransform(
      "DatetimeFeatures",
      Map({{"features_to_extract", List({Text("hour"), Text("year")})},
           {"cyclical", Text("hour")}}),
      FrameOf({TimeColumn("t", {nullptr})}));
  ASSERT_EQ(out.columns.size(), 4U);
  for (const FrameColumn& column : out.columns) {
    EXPECT_TRUE(std::isnan(column.numbers[0])) << column.column.name;
  }
}

TEST(DatetimeFeaturesTest, NamesAreColumnPartAndForm) {
  const Frame out = FitAndTransform(
      "DatetimeFeatures",
      Map({{"features_to_extract", List({Text("year"), Text("hour")})},
           {"cyclical", List({Text("hour")})}}),
      FrameOf(
          {TimeColumn("t", {"2026-11-21"}), TimeColumn("u", {"2026-11-21"})}));
  EXPECT_THAT(NamesOf(out),
              ElementsAre("t_year", "t_hour", "t_hour_sin", "t_hour_cos",
                          "u_year", "u_hour", "u_hour_sin", "u_hour_cos"));
}

/// Sine and cosine of a part.
std::pair<double, double> Circle(const char* time, const char* part) {
  const Frame out =
      FitAndTransform("DatetimeFeatures", Map({{"cyclical", Text(part)}}),
                      FrameOf({TimeColumn("t", {time})}));
  return {out.columns[0].numbers[0], out.columns[1].numbers[0]};
}

void ExpectCircle(const char* time, const char* part, int since_first,
                  int period) {
  const auto [sine, cosine] = Circle(time, part);
  const double angle = 2.0 * std::numbers::pi * since_first / period;
  EXPECT_NEAR(sine, std::sin(angle), 1e-12) << part;
  EXPECT_NEAR(cosine, std::cos(angle), 1e-12) << part;
}

TEST(DatetimeFeaturesTest, SineAndCosineGoRoundOverThePartsPeriod) {
  ExpectCircle("2026-11-21T09:12:34Z", "hour", 9, 24);
  ExpectCircle("2026-11-21T09:12:34Z", "minute", 12, 60);
  ExpectCircle("2026-11-21T09:12:34Z", "second", 34, 60);
  ExpectCircle("2026-11-21T09:12:34Z", "minute_of_day", 552, 1440);
  ExpectCircle("2026-11-21T09:12:34Z", "day_of_week", 5, 7);
}

TEST(DatetimeFeaturesTest, PartsThatCountFromOneBeginTheirCircleAtZero) {
  ExpectCircle("2026-11-21", "month", 10, 12);
  ExpectCircle("2026-11-21", "quarter", 3, 4);
  ExpectCircle("2026-11-21", "day_of_month", 20, 31);
  ExpectCircle("2020-12-31", "day_of_year", 365, 366);
  EXPECT_EQ(Circle("2026-01-01", "month"), (std::pair{0.0, 1.0}));
}

TEST(DatetimeFeaturesTest, NineOClockIsThreeEighthsRound) {
  // numpy: sin and cos of 2 pi 9 / 24.
  const auto [sine, cosine] = Circle("2026-11-21T09:00", "hour");
  EXPECT_NEAR(sine, 0.7071067811865476, 1e-15);
  EXPECT_NEAR(cosine, -0.7071067811865475, 1e-15);
}

TEST(DatetimeFeaturesTest, RefusesAnUnknownPart) {
  EXPECT_NE(ThrownMessage<ConfigError>([] {
              Configured("DatetimeFeatures",
                         Map({{"features_to_extract", Text("century")}}));
            }).find("all, or any of year, quarter, month"),
            std::string::npos);
}

TEST(DatetimeFeaturesTest, AYearIsNotCyclical) {
  EXPECT_THROW(
      Configured("DatetimeFeatures", Map({{"cyclical", Text("year")}})),
      ConfigError);
}

TEST(DatetimeFeaturesTest, RefusesACategory) {
  EXPECT_THROW(
      Fitted("DatetimeFeatures", Map({{"features_to_extract", Text("hour")}}),
             FrameOf({CategoryColumn("c", {"x"})})),
      ConfigError);
}

}  // namespace
}  // namespace tidemill
