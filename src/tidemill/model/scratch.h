#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tidemill {

/// Room for a predictor's intermediate numbers while it lives: predictors are
/// immutable and shared, so each thread keeps buffers of its own, one for each
/// level of predictors within predictors, and allocates no more once they have
/// grown. Must be destroyed in the reverse order of construction, as locals
/// are.
class Scratch {
 public:
  explicit Scratch(std::size_t count);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Of any value at first.
  std::span<double> numbers() const { return numbers_; }

 private:
  std::span<double> numbers_;
};

}  // namespace tidemill
