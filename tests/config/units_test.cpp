#include "tidemill/config/units.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

using std::chrono::milliseconds;

TEST(ParseDurationTest, KnowsItsUnits) {
  EXPECT_EQ(ParseDuration("100ms"), milliseconds(100));
  EXPECT_EQ(ParseDuration("2s"), milliseconds(2000));
  EXPECT_EQ(ParseDuration("1m"), milliseconds(60000));
  EXPECT_EQ(ParseDuration("1h"), milliseconds(3600000));
}

TEST(ParseDurationTest, TakesNothingElse) {
  for (const char* text : {"", "1", "ms", "-1s", "1.5s", "1 s", "1S", "1sec",
                           "s1", "1s ", "99999999999999999999ms"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(ParseDurationTest, RefusesWhatOverflows) {
  EXPECT_TRUE(ParseDuration("9223372036854775807ms"));
  EXPECT_FALSE(ParseDuration("9223372036854775807s"));
}

TEST(DurationTextTest, TakesTheLargestUnitThatLosesNothing) {
  EXPECT_EQ(DurationText(milliseconds(100)), "100ms");
  EXPECT_EQ(DurationText(milliseconds(90000)), "90s");
  EXPECT_EQ(DurationText(milliseconds(120000)), "2m");
}

TEST(ParseBytesTest, KnowsPowersOfTwoAndOfTen) {
  EXPECT_EQ(ParseBytes("7B"), 7U);
  EXPECT_EQ(ParseBytes("64KiB"), 65536U);
  EXPECT_EQ(ParseBytes("16MiB"), 16777216U);
  EXPECT_EQ(ParseBytes("1GiB"), 1073741824U);
  EXPECT_EQ(ParseBytes("1kB"), 1000U);
  EXPECT_EQ(ParseBytes("1MB"), 1000000U);
}

TEST(ParseBytesTest, TakesNothingElse) {
  for (const char* text : {"", "1", "1M", "1mb", "1MIB", "-1B", "1.5MiB"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
}

TEST(BytesTextTest, TakesTheLargestPowerOfTwoThatLosesNothing) {
  EXPECT_EQ(BytesText(1048576), "1MiB");
  EXPECT_EQ(BytesText(1000000), "1000000B");
  EXPECT_EQ(BytesText(0), "0B");
}

}  // namespace
}  // namespace tidemill
