#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/gauge.h>

#include "tidemill/telemetry/shared_series.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// How a challenger's scores lie beside the champion's; exported while it
/// lives. Made by ServiceMetrics::ForChallenger.
/// Threads: one at a time.
class ChallengerMetrics {
 public:
  struct Families {
    std::shared_ptr<SharedSeries<prometheus::Gauge>> psi;
    std::shared_ptr<SharedSeries<prometheus::Gauge>> events;
  };
  ChallengerMetrics(Families families, const std::string& service,
                    const VersionLabels& labels);

  /// `psi` over `events` scores of the side that has fewer; without a psi its
  /// series goes.
  void Set(std::optional<double> psi, std::uint64_t events);

 private:
  Families families_;
  prometheus::Labels labels_;
  HeldSeries<prometheus::Gauge> events_;
  std::optional<HeldSeries<prometheus::Gauge>> psi_;
};

}  // namespace tidemill
