#pragma once

#include <cstddef>

namespace tidemill {

/// What operator new was asked for since Start(), over all threads of the
/// program. The counting operators are in allocation_counter.cpp.
class AllocationCounter {
 public:
  AllocationCounter() { Start(); }
  static void Start();
  /// Calls of operator new.
  static std::size_t count();
  /// The most bytes that were held at one time beyond those at Start().
  static std::size_t peak_bytes();
};

}  // namespace tidemill
