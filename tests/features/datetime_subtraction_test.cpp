#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/fitted_step.h"
#include "features/hostile_bytes.h"
#include "features/raw_bytes.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ParameterValue Pair(ParameterValue::Map more = {}) {
  ParameterValue::Map map = {{"variables", Text("b")},
                             {"reference", Text("a")}};
  map.insert(map.end(), more.begin(), more.end());
  return Map(std::move(map));
}

Frame Times(const char* a, const char* b) {
  return FrameOf({TimeColumn("a", {a}), TimeColumn("b", {b})});
}

double Between(const char* a, const char* b, const char* unit) {
  return FitAndTransform("DatetimeSubtraction",
                         Pair({{"output_unit", Text(unit)}}), Times(a, b))
      .columns[2]
      .numbers[0];
}

TEST(DatetimeSubtractionTest, CountsInTheUnitAskedFor) {
  EXPECT_EQ(Between("2026-11-21", "2026-11-22T12:00:00", "D"), 1.5);
  EXPECT_EQ(Between("2026-11-21", "2026-11-22T12:00:00", "h"), 36.0);
  EXPECT_EQ(Between("2026-11-28", "2026-11-21", "W"), -1.0);
  EXPECT_EQ(Between("2026-11-21T00:00:00", "2026-11-21T00:00:00.25", "ms"),
            250.0);
  EXPECT_EQ(Between("2001-01-01", "2002-01-01T05:49:12", "Y"), 1.0);
  EXPECT_EQ(Between("2001-01-01", "2001-01-31T10:29:06", "M"), 1.0);
}

TEST(DatetimeSubtractionTest, LongTimesGoRoundAsNumpysDo) {
  // 108,843 days are more than 2^63 ns; a turn is 2^64 ns.
  EXPECT_NEAR(Between("1843-01-01", "2141-01-01", "D"), -104660.982335, 1e-6);
}

TEST(DatetimeSubtractionTest, InstantsCountNotClocks) {
  EXPECT_EQ(Between("2026-11-21T10:00:00+02:00", "2026-11-21T10:00:00Z", "h"),
            2.0);
}

TEST(DatetimeSubtractionTest, MissingWhenEitherIs) {
  EXPECT_TRUE(std::isnan(Between(nullptr, "2026-11-21", "D")));
  EXPECT_TRUE(std::isnan(Between("2026-11-21", nullptr, "D")));
}

TEST(DatetimeSubtractionTest, NamesAreThoseOfTheColumnsOrGiven) {
  const Frame times = Times("2026-11-21", "2026-11-21");
  EXPECT_THAT(NamesOf(FitAndTransform("DatetimeSubtraction", Pair(), times)),
              ElementsAre("a", "b", "b_sub_a"));
  EXPECT_THAT(NamesOf(FitAndTransform(
                  "DatetimeSubtraction",
                  Pair({{"new_variables_names", List({Text("days")})},
                        {"drop_original", Truth(true)}}),
                  times)),
              ElementsAre("days"));
}

TEST(DatetimeSubtractionTest, ATooLongListOfNamesIsRefused) {
  EXPECT_THAT(
      ConfigureError(
          "DatetimeSubtraction",
          Pair({{"new_variables_names", List({Text("x"), Text("y")})}})),
      HasSubstr("expected 1 names, one per variable and reference, got 2"));
  EXPECT_THAT(LoadError("DatetimeSubtraction",
                        [](RawBytes& out) {
                          out.Texts({"a", "b"});
                          out.U64s({1});
                          out.U64s({0});
                          out.U8(3);
                          out.Texts({"x", "y"});
                          out.Bool(false);
                        }),
              HasSubstr("expected a name for each of 1 outputs, got 2"));
}

TEST(DatetimeSubtractionTest, RefusesANumber) {
  EXPECT_THAT(ThrownMessage<ConfigError>([] {
                Fitted("DatetimeSubtraction", Pair(),
                       FrameOf({NumberColumn("a", {1.0}),
                                TimeColumn("b", {"2026-11-21"})}));
              }),
              HasSubstr("expected a timestamp column"));
}

}  // namespace
}  // namespace tidemill
