#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// A whole number and its unit: ms, s, m or h. Nothing when it is not one or
/// overflows.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// In the largest unit that loses nothing: "90s", "100ms".
std::string DurationText(std::chrono::milliseconds duration);

/// A whole number and its unit, in bytes: B, KB (or kB), MB, GB are powers of
/// 1000; KiB, MiB, GiB of 1024.
std::optional<std::uint64_t> ParseBytes(std::string_view text);

/// In the largest power of 1024 that loses nothing: "1MiB", "1000B".
std::string BytesText(std::uint64_t bytes);

}  // namespace tidemill
