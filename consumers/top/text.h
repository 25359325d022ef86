#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill {

/// One line of a scrape: a series and its value, which may be NaN or infinite.
struct MetricsSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0.0;

  /// The label's value; empty when it has none of that name.
  std::string_view Label(std::string_view label) const;
};

/// What was read of a scrape, and what could not be.
struct MetricsText {
  std::vector<MetricsSample> samples;
  std::size_t others = 0;     ///< good lines of series that nobody asked for
  std::size_t bad_lines = 0;  ///< lines that are no series
  std::size_t left_out = 0;   ///< series beyond the limit
  /// The first kMaxComplaints bad lines: "line 7: expected a number, got 'x'".
  std::vector<std::string> complaints;
};

/// Reads Prometheus' text format 0.0.4, of any origin: a line that promtool
/// refuses is counted and the next one goes on. Keeps the series whose name
/// begins with "tidemill_", and process_start_time_seconds; a timestamp is
/// checked and forgotten, comments are left out. Label values come unescaped
/// and are UTF-8, but may hold control characters.
/// Bounds:  kMaxSamples series of kMaxLabels labels; memory is within a few
///          times that of `text`.
/// Errors:  none.
/// Threads: a pure function.
MetricsText ParseMetricsText(std::string_view text);

inline constexpr std::size_t kMaxSamples = 200'000;
inline constexpr std::size_t kMaxLabels = 32;
inline constexpr std::size_t kMaxComplaints = 3;

}  // namespace tidemill
