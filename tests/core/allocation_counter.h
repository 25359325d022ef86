#pragma once

#include <cstddef>

namespace tidemill {

/// What malloc was asked for since Start(), by all threads of the program. A
/// program with allocation_counter.cpp counts; under the address sanitizer
/// nothing does, and both figures are 0.
class AllocationCounter {
 public:
  AllocationCounter() { Start(); }
  static void Start();
  /// Allocations.
  static std::size_t count();
  /// The most bytes that were held at one time beyond those at Start().
  static std::size_t peak_bytes();
};

}  // namespace tidemill
