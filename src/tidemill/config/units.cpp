#include "tidemill/config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace tidemill {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr std::array<Unit, 4> kDurations = {
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 8> kBytes = {{{"B", 1},
                                         {"KB", 1'000},
                                         {"kB", 1'000},
                                         {"MB", 1'000'000},
                                         {"GB", 1'000'000'000},
                                         {"KiB", std::uint64_t{1} << 10},
                                         {"MiB", std::uint64_t{1} << 20},
                                         {"GiB", std::uint64_t{1} << 30}}};
constexpr std::array<Unit, 4> kBinary = {
    {kBytes[0], kBytes[5], kBytes[6], kBytes[7]}};

std::optional<std::uint64_t> Parse(std::string_view text,
                                   std::span<const Unit> units) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  for (const Unit& unit : units) {
    constexpr auto kMax =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (unit.name == name && count <= kMax / unit.size) {
      return count * unit.size;
    }
  }
  return std::nullopt;
}

std::string Print(std::uint64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) best = &unit;
  }
  return std::to_string(value / best->size) + std::string(best->name);
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const auto count = Parse(text, kDurations);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

std::string DurationText(std::chrono::milliseconds duration) {
  return Print(static_cast<std::uint64_t>(duration.count()), kDurations);
}

std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  return Parse(text, kBytes);
}

std::string BytesText(std::uint64_t bytes) { return Print(bytes, kBinary); }

}  // namespace tidemill
