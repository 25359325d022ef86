#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tidemill {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine and
/// library, which the standard's distributions do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(Next() >> 11U) * 0x1.0p-53; }

  /// Uniform in [0, bound); bound > 0. (The bias is below bound / 2^64.)
  std::size_t Below(std::size_t bound) { return Next() % bound; }

  /// Fisher and Yates.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[Below(i)]);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace tidemill
