#pragma once

#include <cstdint>
#include <string>

#include "tidemill/model/descriptor.h"

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

/// Lets one run at a time go on from a state, by a file PATH.lock beside it.
/// However the process ends, the lock ends with it.
class StateLock {
 public:
  /// Throws TryAgainError while another one holds it, IoError when there is no
  /// place for it.
  explicit StateLock(const std::string& state_path);
  /// Removes the file.
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  void Take();
  /// False when the last holder has removed it meanwhile.
  bool IsStillThere() const;

  std::string state_path_;
  std::string path_;
  Descriptor file_;
};

}  // namespace tidemill
