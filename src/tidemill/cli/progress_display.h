#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "tidemill/core/clock.h"
#include "tidemill/training/progress.h"

namespace tidemill {

/// A bar that is drawn over itself, for a terminal.
class ProgressBar final : public Progress {
 public:
  ProgressBar(std::FILE* out, const Clock& clock) : out_(out), clock_(&clock) {}
  ~ProgressBar() override;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Begin(const std::string& stage, std::size_t steps) override;
  void Advance(std::size_t done) override;

 private:
  void Draw(std::size_t done);

  std::FILE* out_;
  const Clock* clock_;
  std::string stage_;
  std::size_t steps_ = 0;
  SteadyTime drawn_{};
  bool visible_ = false;
};

/// A line now and then, for files and pipes.
class ProgressLines final : public Progress {
 public:
  ProgressLines(std::FILE* out, const Clock& clock)
      : out_(out), clock_(&clock), said_(clock.Steady()) {}

  void Begin(const std::string& stage, std::size_t steps) override;
  void Advance(std::size_t done) override;

 private:
  std::FILE* out_;
  const Clock* clock_;
  std::string stage_;
  std::size_t steps_ = 0;
  SteadyTime said_;
};

/// The one that fits standard error.
std::unique_ptr<Progress> MakeProgress(const Clock& clock);

}  // namespace tidemill
