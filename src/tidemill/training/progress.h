#pragma once

#include <cstddef>
#include <string>

namespace tidemill {

/// Hears how far training is.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A stage begins that has so many steps; 0 when nobody knows.
  virtual void Begin(const std::string& stage, std::size_t steps) = 0;
  /// So many of them are done.
  virtual void Advance(std::size_t done) = 0;
};

/// For who does not want to know.
class NoProgress final : public Progress {
 public:
  void Begin(const std::string& /*stage*/, std::size_t /*steps*/) override {}
  void Advance(std::size_t /*done*/) override {}
};

}  // namespace tidemill
