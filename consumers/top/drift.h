#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/top/reading.h"

namespace tidemill {

/// Bin counters of one instance since they were first read: what Prometheus'
/// increase() would say, but for a version that came in between, which counts
/// from its beginning. Versions that are gone are forgotten.
class DriftIncrease {
 public:
  using Columns = std::map<DriftColumnName, BinValues>;

  /// `before` is the reading before, nullptr at the first; `restarted` when
  /// another process answers now.
  void Add(const InstanceReading* before, const InstanceReading& now,
           bool restarted);

  /// nullptr for a version of which there is none.
  const Columns* Of(const VersionName& version) const;

 private:
  std::map<VersionName, Columns> versions_;
};

/// One instance that answers.
struct DriftInput {
  std::string instance;
  const InstanceReading* reading;
  const DriftIncrease* since_start;
};

/// A figure over all instances, and each one's own gauge.
struct DriftStatistic {
  std::string_view name;  ///< as among the thresholds: psi, missing_ratio...
  std::optional<double> value;
  std::optional<double> threshold;  ///< none when it is off
  /// Times the threshold; of missing_ratio, what is above the baseline's share.
  std::optional<double> excess;
  std::vector<std::optional<double>> by_instance;
  std::size_t instances_over = 0;  ///< whose own window has enough events
  double rank = 0.0;  ///< the greatest excess that counts, for sorting
  bool over = false;  ///< of all instances together
};

struct DriftColumnFigures {
  DriftColumnName name;
  double events = 0.0;  ///< the sample
  bool enough = false;  ///< events for a verdict
  std::vector<DriftStatistic> statistics;
  std::size_t worst = 0;  ///< the one furthest over its threshold
  std::string problem;    ///< why there are no figures over all instances

  const DriftStatistic& lead() const { return statistics[worst]; }
  bool IsDrift() const;
};

/// One version of one file, over the instances that have it.
struct DriftVersionFigures {
  std::string service;
  std::string model;
  std::string version;
  std::string digest;
  std::vector<std::string> instances;
  std::vector<std::optional<double>> window_events;  ///< by instance
  /// Whether the counts are the increase since top's first reading, as soon as
  /// that is enough for a verdict, and not those since the version was loaded.
  bool since_start = false;
  double min_events = 0.0;
  std::optional<double> sample_ratio;
  std::vector<DriftColumnFigures> columns;
};

/// Adds up the bins of all instances, version by version, and computes the
/// figures from the sums as an instance does from its own
/// (telemetry/drift_statistics.h). Instances whose baselines differ from the
/// first one's are not added up. Columns with the greatest excess come first.
/// Threads: a pure function.
std::vector<DriftVersionFigures> SumDrift(
    const std::vector<DriftInput>& instances);

}  // namespace tidemill
