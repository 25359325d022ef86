#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tidemill/core/clock.h"

namespace tidemill {

/// An instant together with the clock it was written in.
struct Timestamp {
  static constexpr std::int64_t kMissing =
      std::numeric_limits<std::int64_t>::min();

  std::int64_t utc_us = kMissing;  ///< microseconds since 1970-01-01T00:00Z
  std::int32_t offset_s = 0;       ///< seconds east of UTC, as written

  bool missing() const { return utc_us == kMissing; }
  /// The clock on the wall where the text was written, in microseconds.
  std::int64_t local_us() const {
    return utc_us + std::int64_t{offset_s} * 1'000'000;
  }
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// Reads RFC 3339 and its ISO 8601 neighbours: `2019-03-23`, `T` or a space,
/// `20:21`, `20:21:09`, a fraction of any length (cut to microseconds), then
/// nothing (UTC), `Z`, `+hh:mm`, `+hhmm` or `+hh`. A leap second counts as the
/// second before it. Years 0001 to 9999. Nothing else is accepted.
std::optional<Timestamp> ParseTimestamp(std::string_view text);

/// Longest text that AppendUtc writes.
inline constexpr std::size_t kUtcTextSize = 27;

/// Writes `2026-11-21T09:12:02.123456Z` at `out` (kUtcTextSize bytes) and
/// returns the end. Requires a year from 0 to 9999.
char* WriteUtc(std::int64_t utc_us, char* out);
std::string UtcText(std::int64_t utc_us);

}  // namespace tidemill
