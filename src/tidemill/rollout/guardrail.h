#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/registry_state.h"
#include "tidemill/rollout/version_counts.h"

namespace tidemill {

/// The upper bound of the bin that holds the 99th percentile; 0 of nothing,
/// infinite in the last bin.
double P99Ms(const std::vector<std::uint64_t>& time_bins);

/// A limit that was broken, and the numbers.
struct Breach {
  std::string rule;  ///< the key of the guardrail, e.g. "max_p99_ms"
  double limit = 0.0;
  double found = 0.0;
  std::uint64_t events = 0;
  std::uint64_t reference_events = 0;
};

/// Judges a version's counts over one window against what it is compared with.
/// Ratios and p99 once `seen.events` reaches min_events, and errors as soon as
/// the window is sure to break the limit; the score's PSI once both sides have
/// min_events. `reference` may be empty: then no PSI, and its error ratio is 0.
/// The first limit broken, in the order of the struct.
std::optional<Breach> Judge(const Guardrails& guardrails,
                            const VersionTotals& seen,
                            const VersionTotals& reference);

}  // namespace tidemill
