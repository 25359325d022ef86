#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemill/telemetry/drift_monitor.h"

namespace tidemill {

enum class DriftState : std::uint8_t {
  kDrifted,
  kQuiet,
  kWaiting,  ///< less events than are judged by
};
std::string_view ToText(DriftState state);

/// What people are told of one feature, or of the score.
struct DriftVerdict {
  DriftState state = DriftState::kWaiting;
  /// "drifted: psi 0.31 over 0.1", "quiet",
  /// "not enough events yet (812 of 5,000)".
  std::string text;
  /// The greatest figure as a multiple of its threshold; none without both.
  std::optional<double> times_threshold;
};

/// `column` is one of the report's: a feature, or with `is_score` the score.
DriftVerdict Judge(const DriftReport& report, const DriftColumnReport& column,
                   const DriftThresholds& thresholds, bool is_score);

}  // namespace tidemill
