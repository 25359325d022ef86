#include "tidemill/core/timestamp.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

/// UTC microseconds of a text that must be a timestamp.
std::int64_t Utc(std::string_view text) {
  const auto time = ParseTimestamp(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(Timestamp{}).utc_us;
}

TEST(ParseTimestampTest, TheEpochIsZero) {
  EXPECT_EQ(Utc("1970-01-01T00:00:00Z"), 0);
}

TEST(ParseTimestampTest, ADateAloneIsItsMidnightInUtc) {
  EXPECT_EQ(Utc("1970-01-02"), kDay);
}

TEST(ParseTimestampTest, DateAndTimeMayBeJoinedByTOrASpace) {
  EXPECT_EQ(Utc("1970-01-01T01:00:00"), kHour);
  EXPECT_EQ(Utc("1970-01-01t01:00:00"), kHour);
  EXPECT_EQ(Utc("1970-01-01 01:00:00"), kHour);
}

TEST(ParseTimestampTest, SecondsMayBeLeftOut) {
  EXPECT_EQ(Utc("1970-01-01T01:00"), kHour);
}

TEST(ParseTimestampTest, ATimeWithoutAnOffsetIsUtc) {
  EXPECT_EQ(ParseTimestamp("1970-01-01T01:00:00"),
            ParseTimestamp("1970-01-01T01:00:00Z"));
}

TEST(ParseTimestampTest, AnOffsetEastIsTakenOff) {
  EXPECT_EQ(Utc("1970-01-01T02:00:00+02:00"), 0);
  EXPECT_EQ(Utc("1970-01-01T02:00:00+0200"), 0);
  EXPECT_EQ(Utc("1970-01-01T02:00:00+02"), 0);
}

TEST(ParseTimestampTest, AnOffsetWestIsAdded) {
  EXPECT_EQ(Utc("1970-01-01T00:00:00-05:30"), 5 * kHour + kHour / 2);
}

TEST(ParseTimestampTest, KeepsTheClockAsWritten) {
  const auto time = ParseTimestamp("1970-01-01T23:00:00-02:00");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->offset_s, -2 * 3600);
  EXPECT_EQ(time->local_us(), 23 * kHour);
  EXPECT_EQ(time->utc_us, 25 * kHour);
}

TEST(ParseTimestampTest, AFractionIsCutToMicroseconds) {
  EXPECT_EQ(Utc("1970-01-01T00:00:00.5Z"), 500'000);
  EXPECT_EQ(Utc("1970-01-01T00:00:00.000001Z"), 1);
  EXPECT_EQ(Utc("1970-01-01T00:00:00.9999999999Z"), 999'999);
}

TEST(ParseTimestampTest, AFractionMayBeHundredsOfDigitsLong) {
  EXPECT_EQ(Utc("1970-01-01T00:00:00." + std::string(500, '1')), 111'111);
}

TEST(ParseTimestampTest, AFractionBeforeTheEpochStillCountsForward) {
  EXPECT_EQ(Utc("1969-12-31T23:59:59.25Z"), -750'000);
}

TEST(ParseTimestampTest, ALeapSecondCountsAsTheSecondBefore) {
  EXPECT_EQ(Utc("2016-12-31T23:59:60Z"), Utc("2016-12-31T23:59:59Z"));
}

TEST(ParseTimestampTest, KnowsLeapDays) {
  EXPECT_EQ(Utc("2020-03-01") - Utc("2020-02-28"), 2 * kDay);
  EXPECT_EQ(Utc("2000-03-01") - Utc("2000-02-29"), kDay);
  EXPECT_FALSE(ParseTimestamp("2019-02-29"));
  EXPECT_FALSE(ParseTimestamp("1900-02-29"));
}

TEST(ParseTimestampTest, ReadsTheFirstAndTheLastYear) {
  EXPECT_EQ(UtcText(Utc("0001-01-01")), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(UtcText(Utc("9999-12-31T23:59:59.999999")),
            "9999-12-31T23:59:59.999999Z");
}

class RejectedTimestampTest : public testing::TestWithParam<std::string> {};

TEST_P(RejectedTimestampTest, IsRefused) {
  EXPECT_FALSE(ParseTimestamp(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RejectedTimestampTest,
    testing::Values("", " ", "2019", "2019-03", "19-03-23", "2019-3-23",
                    "2019/03/23", "0000-01-01", "2019-00-10", "2019-13-01",
                    "2019-04-31", "2019-03-32", "-2019-03-23", "+2019-03-23",
                    " 2019-03-23", "2019-03-23 ", "2019-03-23T", "2019-03-23Z",
                    "2019-03-23T20", "2019-03-23T20:", "2019-03-23T2:21",
                    "2019-03-23T24:00:00", "2019-03-23T20:60:00",
                    "2019-03-23T20:21:61", "2019-03-23T20:21:09.",
                    "2019-03-23T20:21:09,5", "2019-03-23T20:21.5",
                    "2019-03-23  20:21", "2019-03-23T20:21:09 Z",
                    "2019-03-23T20:21:09ZZ", "2019-03-23T20:21:09+",
                    "2019-03-23T20:21:09+2",
                    "2019-03-23T20:21:09+02:", "2019-03-23T20:21:09+02:0",
                    "2019-03-23T20:21:09+020", "2019-03-23T20:21:09+24:00",
                    "2019-03-23T20:21:09+02:60", "2019-03-23T20:21:09+02:00x",
                    "1553372469", "today", std::string("2019-03-23\0", 11),
                    std::string("2019-03-23\0T20:21", 17)));

TEST(WriteUtcTest, WritesMicrosecondsAndZ) {
  EXPECT_EQ(UtcText(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(UtcText(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(WriteUtcTest, WritesExactlyTheLongestText) {
  std::array<char, kUtcTextSize> text{};
  EXPECT_EQ(WriteUtc(0, text.data()), text.data() + kUtcTextSize);
}

TEST(WriteUtcTest, WhatItWritesReadsBack) {
  // A step of 97 days, 5 hours and some microseconds over the whole range.
  const std::int64_t last = Utc("9999-12-31T23:59:59.999999");
  for (std::int64_t us = Utc("0001-01-01"); us < last;
       us += 97 * kDay + 5 * kHour + 1'234'567) {
    ASSERT_EQ(Utc(UtcText(us)), us);
  }
}

TEST(TimestampTest, IsMissingUntilItIsSet) {
  EXPECT_TRUE(Timestamp{}.missing());
  EXPECT_FALSE((Timestamp{.utc_us = 0, .offset_s = 0}).missing());
}

}  // namespace
}  // namespace tidemill
