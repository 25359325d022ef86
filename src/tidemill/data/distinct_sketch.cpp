#include "tidemill/data/distinct_sketch.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemill {

void DistinctSketch::Add(std::uint64_t hash) {
  if (hash >= bound_) return;
  hashes_.push_back(hash);
  if (hashes_.size() == 2 * kKept) Tidy();
}

void DistinctSketch::Tidy() {
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  if (hashes_.size() <= kKept) return;
  hashes_.resize(kKept);
  bound_ = hashes_.back();
  full_ = true;
}

std::uint64_t DistinctSketch::Estimate() {
  Tidy();
  if (!full_) return hashes_.size();
  constexpr double kAllHashes = 18446744073709551616.0;  // 2^64
  return static_cast<std::uint64_t>(static_cast<double>(kKept - 1) /
                                    (static_cast<double>(bound_) / kAllHashes));
}

bool HashSet::Insert(std::uint64_t hash) {
  assert(!full());
  if (2 * (size_ + 1) > slots_.size()) Grow();
  if (hash == 0) hash = 1;
  std::size_t place = hash & (slots_.size() - 1);
  while (slots_[place] != 0) {
    if (slots_[place] == hash) return false;
    place = (place + 1) & (slots_.size() - 1);
  }
  slots_[place] = hash;
  ++size_;
  return true;
}

void HashSet::Grow() {
  constexpr std::size_t kFirstSlots = 1024;
  std::vector<std::uint64_t> bigger(std::max(kFirstSlots, 2 * slots_.size()),
                                    0);
  for (const std::uint64_t hash : slots_) {
    if (hash == 0) continue;
    std::size_t place = hash & (bigger.size() - 1);
    while (bigger[place] != 0) place = (place + 1) & (bigger.size() - 1);
    bigger[place] = hash;
  }
  slots_ = std::move(bigger);
}

}  // namespace tidemill
