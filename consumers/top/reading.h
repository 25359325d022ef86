#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consumers/top/text.h"
#include "tidemill/core/clock.h"
#include "tidemill/telemetry/histogram_quantile.h"

namespace tidemill {

/// A model's version in one of its roles, on one instance.
struct VariantName {
  std::string model;
  std::string version;
  std::string variant;  ///< champion, canary, shadow
  friend auto operator<=>(const VariantName&, const VariantName&) = default;
};

struct VariantReading {
  std::string digest;  ///< empty when the instance does not tell
  std::string engine;
  double scored = 0.0;
  double dead_letters = 0.0;  ///< of a shadow: failed
  CumulatedBuckets latency;
  std::optional<double> score_psi;  ///< of a challenger, against the champion

  double events() const { return scored + dead_letters; }
};

/// By the bin's label.
using BinValues = std::map<std::string, double>;

/// A field, a feature or the score; a field may be called "score" too.
struct DriftColumnName {
  bool is_score = false;
  std::string feature;  ///< empty for the score
  friend auto operator<=>(const DriftColumnName&,
                          const DriftColumnName&) = default;
};

struct DriftColumnReading {
  BinValues counts;
  BinValues baseline;                    ///< shares
  std::map<std::string, double> gauges;  ///< by statistic: psi, ks...
};

struct DriftReading {
  std::optional<double> window_events;
  std::optional<double> window_seconds;
  std::optional<double> baseline_rows;
  std::map<DriftColumnName, DriftColumnReading> columns;
};

/// Model and version.
using VersionName = std::pair<std::string, std::string>;

/// What one scrape of one instance says. Counters are finite and not negative,
/// gauges finite: a sample that is neither counts as unusable.
struct InstanceReading {
  SteadyTime time{};
  std::string service;
  std::string build;
  std::optional<double> ready;
  std::optional<double> start_time;  ///< of the process, seconds since 1970
  std::optional<double> time_lag;    ///< seconds, the greatest of a partition
  std::optional<double> lag_records;
  std::map<std::string, double> outcomes;  ///< scored, dead_letter, failed
  std::map<std::pair<std::string, std::string>, double>
      dead_letters;                     ///< by stage and reason
  std::map<std::string, double> swaps;  ///< by result
  double client_errors = 0.0;
  std::map<VariantName, VariantReading> variants;
  std::map<VersionName, DriftReading> drift;
  std::map<std::string, double> thresholds;
  std::optional<double> min_events;
  std::optional<double> sample_ratio;
  std::size_t series = 0;
  std::size_t unusable = 0;

  /// Of the file behind a version; empty when the instance does not tell, and
  /// both when two files go by the same version.
  std::string DigestOf(const VersionName& version) const;
};

/// Sorts the samples of one instance. A service's name is the first one met;
/// the series of another are unusable.
InstanceReading ReadInstance(const std::vector<MetricsSample>& samples,
                             SteadyTime time);

}  // namespace tidemill
