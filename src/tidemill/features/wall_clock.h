#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tidemill/core/timestamp.h"
#include "tidemill/features/artifact_io.h"

namespace tidemill {

/// What the clock on the wall shows at an instant: that of the place where a
/// time was written, or that of one time zone whatever an event was written in.
///
/// Threads: immutable. Copies share a zone's table.
class WallClock {
 public:
  /// As written.
  WallClock() = default;

  std::int64_t LocalUs(const Timestamp& time) const {
    return zone_ ? InZone(time.utc_us) : time.local_us();
  }

  void Save(ArtifactWriter& out) const;
  static WallClock Load(ArtifactReader& in);

 private:
  struct Zone {
    /// Rising: from such a second of UTC on, the next of the offsets holds.
    std::vector<double> since;
    std::vector<std::int32_t> offsets;  ///< seconds east of UTC, one more
  };

  std::int64_t InZone(std::int64_t utc_us) const;

  std::shared_ptr<const Zone> zone_;  ///< none: as written
};

/// One of each column.
void SaveClocks(const std::vector<WallClock>& clocks, ArtifactWriter& out);
std::vector<WallClock> LoadClocks(std::size_t num_columns, ArtifactReader& in);

}  // namespace tidemill
