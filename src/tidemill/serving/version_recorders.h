#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tidemill/rollout/model_table.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// A prediction's score, and the time from its record's timestamp to the
/// delivery report that came at `now_ms`.
void ObserveDelivered(VersionRecorder& recorder, double score,
                      std::optional<std::int64_t> timestamp_ms,
                      std::int64_t now_ms);

/// A worker's counts of each version that answers now, or has outputs whose
/// delivery report is still to come. It holds the versions' series, never
/// their models.
/// Threads: one at a time.
class VersionRecorders {
 public:
  /// The version's; made when it has none. It is there at least until all
  /// tokens below `end_token` are done.
  VersionRecorder& Of(const std::shared_ptr<const VersionMetrics>& version,
                      std::uint64_t end_token);

  /// Retires the versions that do not answer in `models`, which may be null.
  void Retain(const ModelSet* models);
  /// Drops the retired ones with no token at or after `first_token`.
  void DropFinished(std::uint64_t first_token);

  void Publish();

 private:
  struct Entry {
    std::shared_ptr<const VersionMetrics> version;
    std::unique_ptr<VersionRecorder> recorder;
    std::uint64_t end_token = 0;
    bool retired = false;
  };
  std::vector<Entry> entries_;
};

}  // namespace tidemill
