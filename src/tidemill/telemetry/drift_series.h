#pragma once

#include <memory>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "tidemill/telemetry/drift_counter.h"
#include "tidemill/telemetry/drift_monitor.h"

namespace tidemill {

/// A version that is exported. The report's columns are the counts' layout's;
/// its names are fit for labels.
struct DriftExport {
  std::shared_ptr<const DriftReport> report;
  DriftCountsPtr counts;
};

/// The drift series of a scrape (docs/metrics.md), families by name, none
/// empty. Counters are read now. No two of `versions` have equal labels.
/// Threads: any.
std::vector<prometheus::MetricFamily> DriftFamilies(
    const std::string& service, const DriftOptions& options,
    const std::vector<DriftExport>& versions);

}  // namespace tidemill
