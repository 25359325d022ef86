#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemill {

/// Which of a service's models answered.
enum class Variant : std::uint8_t { kChampion, kCanary, kShadow };
std::string_view ToText(Variant variant);

/// One answer, as it goes out. Views are the caller's.
struct Prediction {
  std::string_view id;        ///< topic/partition/offset of the event
  std::string_view event_id;  ///< the schema's id, else equal to `id`
  std::string_view service;
  std::string_view model;
  std::uint32_t version = 0;
  Variant variant = Variant::kChampion;
  double score = 0.0;
  std::optional<std::string_view> label;
  /// Of more than two classes: all of them, and P(class) of each; else none.
  std::span<const std::string> classes = {};
  std::span<const double> probabilities = {};
  std::optional<std::int64_t> event_time_us;   ///< since 1970, UTC
  std::optional<std::int64_t> scored_time_us;  ///< since 1970, UTC
};

}  // namespace tidemill
