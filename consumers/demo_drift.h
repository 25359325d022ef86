#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/telemetry/drift_monitor.h"

namespace tidemill {

/// What the demo does to its own stream near the end, and who notices: one
/// field drifts from 80/100 of the time on.
/// Threads: one at a time.
class DemoDrift {
 public:
  /// Of `seconds` of `rate` events a second.
  DemoDrift(const std::string& service, double seconds, double rate);

  /// For the simulator.
  const std::string& spec() const { return spec_; }
  /// Settings of the service: a window that fits into a demo.
  static std::vector<std::string> Settings();

  /// Looks at what the champion's report says; answers lines that tell of it.
  std::vector<std::string> Play(double seconds,
                                const std::vector<DriftReport>& reports,
                                const std::string& champion);

  /// The field that drifts was named, and before that no other one.
  bool told() const { return noticed_ && false_alarms_.empty(); }
  /// A line for the end.
  std::string Summary() const;

 private:
  std::string Notice(double seconds, const DriftColumnReport& column,
                     const DriftReport& report);

  std::string field_;
  std::string spec_;
  std::string story_;
  double begins_;  ///< in seconds from the first event on
  bool announced_ = false;
  std::optional<double> noticed_;  ///< in seconds
  std::vector<std::string> false_alarms_;
};

}  // namespace tidemill
