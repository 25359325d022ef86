#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace tidemill {

/// The usual process_* metrics of this process, read from /proc at each
/// scrape. What cannot be read is left out.
/// Threads: any number at a time.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace tidemill
