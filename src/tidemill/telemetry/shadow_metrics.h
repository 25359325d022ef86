#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include "tidemill/telemetry/shared_series.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// How a shadow compares with the champion, event by event; exported while it
/// lives. Made by ServiceMetrics::ForShadow.
/// Threads: any; each call is an atomic addition.
class ShadowMetrics {
 public:
  struct Families {
    std::shared_ptr<SharedSeries<prometheus::Counter>> events;
    std::shared_ptr<SharedSeries<prometheus::Counter>> agreement;
    std::shared_ptr<SharedSeries<prometheus::Histogram>> difference;
  };
  ShadowMetrics(const Families& families, const std::string& service,
                const VersionLabels& labels);

  /// Scored and delivered to the shadow topic.
  void CountScored(std::size_t events = 1) const;
  /// The shadow could not score it, or its result was not delivered.
  void CountFailed(std::size_t events = 1) const;
  /// Never seen by the shadow, because its queue was full.
  void CountDropped(std::size_t events = 1) const;
  /// Of an event that both have scored: whether they give it the same label
  /// (of a regression: scores within a thousandth of the champion's), and
  /// |shadow's score - champion's|.
  void Compare(bool same, double difference) const;

 private:
  HeldSeries<prometheus::Counter> scored_;
  HeldSeries<prometheus::Counter> failed_;
  HeldSeries<prometheus::Counter> dropped_;
  HeldSeries<prometheus::Counter> same_;
  HeldSeries<prometheus::Counter> different_;
  HeldSeries<prometheus::Histogram> difference_;
};

}  // namespace tidemill
