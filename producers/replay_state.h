#pragma once

#include <cstdint>
#include <string>

namespace tidemill {

/// How far a file was sent to a topic: a small JSON file.
struct ReplayState {
  std::uint64_t size = 0;    ///< of the file, in bytes
  std::string start_sha256;  ///< of its first 64 KiB
  std::string topic;
  std::uint64_t delivered = 0;  ///< rows from the beginning, without a gap
  bool done = false;            ///< they are all

  friend bool operator==(const ReplayState&, const ReplayState&) = default;
};

/// The state of nothing sent. Throws IoError, also when the file is no regular
/// one, for it cannot be read again from its middle.
ReplayState StateOf(const std::string& file, const std::string& topic);

/// Beside the file: FILE.TOPIC.replay.
std::string StatePath(const std::string& file, const std::string& topic);

/// What the state file says; `begun` when there is none. Throws DataError when
/// it is of another file or topic than `begun`, or no state file.
ReplayState ReadState(const std::string& path, const ReplayState& begun);

/// Writes it so that a reader sees the old or the new one. Throws IoError.
void WriteState(const std::string& path, const ReplayState& state);

}  // namespace tidemill
