#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "consumers/top/reading.h"
#include "tidemill/telemetry/histogram_quantile.h"

namespace tidemill {

/// Whether another process answered before: its counters have begun anew.
bool HasRestarted(const InstanceReading& before, const InstanceReading& now);

/// What one instance counted between two readings. Nothing in it is negative:
/// a counter that fell has begun anew, and one that is new began at 0.
struct InstanceChange {
  double seconds = 0.0;
  double events = 0.0;
  double failed = 0.0;
  double client_errors = 0.0;
  std::map<std::pair<std::string, std::string>, double> dead_letters;
  struct Variant {
    double events = 0.0;
    CumulatedBuckets latency;
  };
  std::map<VariantName, Variant> variants;
};

/// Nothing unless time went by between the two.
std::optional<InstanceChange> ChangeBetween(const InstanceReading& before,
                                            const InstanceReading& now);

/// Adds bucket by bucket.
void AddBuckets(const CumulatedBuckets& buckets, CumulatedBuckets& sum);

/// As HistogramQuantile(), of buckets of any origin: nothing without a last one
/// that is infinite, and a count below the one before it is raised.
std::optional<double> QuantileOf(const CumulatedBuckets& buckets,
                                 double quantile);

}  // namespace tidemill
