#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemill {

/// Estimates how many different values there are from their 64-bit hashes.
///
/// Exact up to kKept values; beyond that the standard error is about 1.6%.
/// Memory: 64 KiB at most.
/// Source: the k smallest hashes (Bar-Yossef et al., 2002); the estimate
///         (k - 1) / largest-of-them is Beyer et al., 2007.
class DistinctSketch {
 public:
  static constexpr std::size_t kKept = 4096;

  void Add(std::uint64_t hash);
  std::uint64_t Estimate();

 private:
  void Tidy();

  std::vector<std::uint64_t> hashes_;
  std::uint64_t bound_ = ~std::uint64_t{0};  ///< only hashes below it count
  bool full_ = false;
};

/// Hashes met so far, up to a bound.
/// Memory: 16 bytes for each, three times that while it grows.
class HashSet {
 public:
  explicit HashSet(std::size_t max_size) : max_size_(max_size) {}
  /// False when the hash was there before. Requires that full() is false.
  bool Insert(std::uint64_t hash);
  bool full() const { return size_ >= max_size_; }

 private:
  void Grow();

  std::vector<std::uint64_t> slots_;  ///< a power of two; 0 is free
  std::size_t size_ = 0;
  std::size_t max_size_;
};

}  // namespace tidemill
