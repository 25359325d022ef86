#pragma once

#include <cstdint>
#include <string>

namespace tidemill {

/// How far a file was sent to a topic: a small JSON file.
struct ReplayState {
  std::string topic;
  std::uint64_t delivered = 0;  ///< rows from the beginning, without a gap
  std::string rows_sha256;      ///< ReplayFeed's of them; empty: of none
  bool done = false;            ///< they were all

  friend bool operator==(const ReplayState&, const ReplayState&) = default;
};

/// Beside the file: FILE.TOPIC.replay.
std::string StatePath(const std::string& file, const std::string& topic);

/// What the state file says; that of nothing sent when there is none. Throws
/// DataError when it is of another topic, or no state file.
ReplayState ReadState(const std::string& path, const std::string& topic);

/// Writes it so that a reader sees the old or the new one. Throws IoError.
void WriteState(const std::string& path, const ReplayState& state);

}  // namespace tidemill
