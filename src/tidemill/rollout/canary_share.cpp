#include "tidemill/rollout/canary_share.h"

#include <xxhash.h>

#include <cmath>
#include <utility>

namespace tidemill {
namespace {

constexpr std::uint32_t kBuckets = 1'000'000;
constexpr double kBucketsPerPercent = 10'000.0;
/// Salt and key are put side by side; longer ones go through a hash state.
constexpr std::size_t kInPlace = 1024;

}  // namespace

std::uint32_t ShareBucket(std::string_view salt, std::string_view key) {
  char bytes[kInPlace];
  const std::size_t size = salt.size() + 1 + key.size();
  XXH64_hash_t hash = 0;
  if (size <= kInPlace) {
    // copy(), unlike memcpy, takes a view of nothing.
    salt.copy(bytes, salt.size());
    bytes[salt.size()] = '\0';
    key.copy(bytes + salt.size() + 1, key.size());
    hash = XXH3_64bits(bytes, size);
  } else {
    XXH3_state_t* state = XXH3_createState();
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, salt.data(), salt.size());
    XXH3_64bits_update(state, "", 1);
    XXH3_64bits_update(state, key.data(), key.size());
    hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
  }
  return static_cast<std::uint32_t>(hash % kBuckets);
}

CanaryShare::CanaryShare(double percent, std::string salt)
    : below_(static_cast<std::uint32_t>(
          std::lround(percent * kBucketsPerPercent))),
      salt_(std::move(salt)) {}

}  // namespace tidemill
