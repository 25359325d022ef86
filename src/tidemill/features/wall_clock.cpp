#include "tidemill/features/wall_clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace tidemill {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::int32_t kSecondsADay = 86'400;

/// NaN compares as false; what is finite alone may be far outside of any year.
bool RisingSeconds(const std::vector<double>& since) {
  for (std::size_t i = 0; i < since.size(); ++i) {
    if (!(std::abs(since[i]) < 1e12) || std::floor(since[i]) != since[i] ||
        (i > 0 && since[i - 1] >= since[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::int64_t WallClock::InZone(std::int64_t utc_us) const {
  const std::chrono::sys_time<std::chrono::microseconds> time{
      std::chrono::microseconds(utc_us)};
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto next =
      std::upper_bound(zone_->since.begin(), zone_->since.end(),
                       static_cast<double>(second.time_since_epoch().count()));
  const auto place = static_cast<std::size_t>(next - zone_->since.begin());
  return utc_us + std::int64_t{zone_->offsets[place]} * kMicroseconds;
}

void WallClock::Save(ArtifactWriter& out) const {
  out.Doubles("since", zone_ ? zone_->since : std::vector<double>{});
  out.I32s("offsets", zone_ ? zone_->offsets : std::vector<std::int32_t>{});
}

WallClock WallClock::Load(ArtifactReader& in) {
  Zone zone;
  zone.since = in.Doubles("since");
  zone.offsets = in.I32s("offsets");
  if (!RisingSeconds(zone.since)) {
    in.Refuse("seconds since 1970 that rise", "others");
  }
  WallClock clock;
  if (zone.offsets.empty() && zone.since.empty()) return clock;
  if (zone.offsets.size() != zone.since.size() + 1) {
    in.Refuse(std::to_string(zone.since.size() + 1) + " offsets",
              std::to_string(zone.offsets.size()));
  }
  for (const std::int32_t offset : zone.offsets) {
    if (offset <= -kSecondsADay || offset >= kSecondsADay) {
      in.Refuse("offsets of less than a day", std::to_string(offset) + " s");
    }
  }
  clock.zone_ = std::make_shared<const Zone>(std::move(zone));
  return clock;
}

void SaveClocks(const std::vector<WallClock>& clocks, ArtifactWriter& out) {
  out.Each("clocks", clocks, [&](const WallClock& clock) { clock.Save(out); });
}

std::vector<WallClock> LoadClocks(std::size_t num_columns, ArtifactReader& in) {
  constexpr std::size_t kTwoCounts = 16;
  auto clocks = in.Each<WallClock>(
      "clocks", num_columns, kTwoCounts,
      [&](WallClock& clock) { clock = WallClock::Load(in); });
  if (clocks.size() != num_columns) {
    in.Refuse(std::to_string(num_columns) + " clocks",
              std::to_string(clocks.size()));
  }
  return clocks;
}

}  // namespace tidemill
