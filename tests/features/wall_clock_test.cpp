#include "tidemill/features/wall_clock.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "features/raw_bytes.h"
#include "features/step_testing.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/artifact_binary.h"

namespace tidemill {
namespace {

using testing::HasSubstr;

WallClock Loaded(const std::vector<double>& since,
                 const std::vector<std::int32_t>& offsets) {
  RawBytes out;
  out.Doubles(since);
  out.I32s(offsets);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "test");
  return WallClock::Load(in);
}

/// What the clock shows, written as a time of its own.
std::int64_t Shown(const WallClock& clock, std::string_view written) {
  return clock.LocalUs(*ParseTimestamp(written));
}

std::int64_t Utc(std::string_view written) {
  return ParseTimestamp(written)->utc_us;
}

// Zurich around the last Sunday of October 2026: an hour back at 01:00 UTC.
constexpr double kWinter = 1'792'890'000;

TEST(WallClockTest, ShowsWhatWasWritten) {
  EXPECT_EQ(Shown(WallClock(), "2026-10-25T08:00:00+02:00"),
            Utc("2026-10-25T08:00:00Z"));
}

TEST(WallClockTest, OfAZoneItDoesNotMatterHowTheInstantWasWritten) {
  const WallClock zurich = Loaded({kWinter}, {7200, 3600});
  for (const char* written :
       {"2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00",
        "2026-10-24T20:30:00-04:00"}) {
    EXPECT_EQ(Shown(zurich, written), Utc("2026-10-25T02:30:00Z")) << written;
  }
}

TEST(WallClockTest, AnOffsetHoldsFromItsSecondOn) {
  const WallClock zurich = Loaded({kWinter}, {7200, 3600});
  EXPECT_EQ(Shown(zurich, "2026-10-25T00:59:59.999999Z"),
            Utc("2026-10-25T02:59:59.999999Z"));
  EXPECT_EQ(Shown(zurich, "2026-10-25T01:00:00Z"), Utc("2026-10-25T02:00:00Z"));
}

TEST(WallClockTest, BeforeAndBehindAllChangesTheNearestOffsetHolds) {
  const WallClock clock = Loaded({-10.0, 10.0}, {-60, 0, 60});
  EXPECT_EQ(Shown(clock, "0001-01-01T00:01:00Z"), Utc("0001-01-01T00:00:00Z"));
  EXPECT_EQ(Shown(clock, "1969-12-31T23:59:49.5Z"),
            Utc("1969-12-31T23:58:49.5Z"));
  EXPECT_EQ(Shown(clock, "1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Shown(clock, "9999-12-31T23:58:00Z"), Utc("9999-12-31T23:59:00Z"));
}

TEST(WallClockTest, RefusesWhatIsNoZone) {
  const auto error = [](const std::vector<double>& since,
                        const std::vector<std::int32_t>& offsets) {
    return ThrownMessage<ArtifactError>([&] { Loaded(since, offsets); });
  };
  for (const auto& since : std::vector<std::vector<double>>{
           {2.0, 1.0}, {1.0, 1.0}, {kNaN}, {0.5}, {1e300}, {-1e12}}) {
    EXPECT_THAT(error(since, std::vector<std::int32_t>(since.size() + 1)),
                HasSubstr("seconds since 1970 that rise"));
  }
  EXPECT_THAT(error({1.0}, {}), HasSubstr("expected 2 offsets, got 0"));
  EXPECT_THAT(error({}, {0, 0}), HasSubstr("expected 1 offsets, got 2"));
  EXPECT_THAT(error({}, {86'400}), HasSubstr("offsets of less than a day"));
  EXPECT_THAT(error({}, {-86'400}), HasSubstr("offsets of less than a day"));
}

TEST(WallClockTest, EveryColumnHasOne) {
  RawBytes out;
  SaveClocks({WallClock(), WallClock()}, out);
  const std::string bytes = out.Finish();
  for (const std::size_t columns : {1U, 3U}) {
    BinaryReader in(bytes, "test");
    EXPECT_THROW(LoadClocks(columns, in), ArtifactError) << columns;
  }
  BinaryReader in(bytes, "test");
  EXPECT_EQ(LoadClocks(2, in).size(), 2U);
}

}  // namespace
}  // namespace tidemill
