#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill {

/// XXH3_64bits(salt, 0x00, key) modulo 1,000,000: where a key lies on the
/// scale from which canaries take their shares. Same on every machine.
std::uint32_t ShareBucket(std::string_view salt, std::string_view key);

/// Which keys a canary answers for. A growing percent keeps its keys.
/// Memory:  Includes() does not allocate for keys of up to 1 KiB, salt
///          included.
/// Threads: immutable.
class CanaryShare {
 public:
  /// `percent` from 0 to 100, rounded to 1/10,000.
  CanaryShare(double percent, std::string salt);
  bool Includes(std::string_view key) const {
    return ShareBucket(salt_, key) < below_;
  }

 private:
  std::uint32_t below_;
  std::string salt_;
};

}  // namespace tidemill
