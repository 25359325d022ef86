#pragma once

#include <atomic>
#include <cstddef>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "consumers/top/reading.h"
#include "tidemill/core/clock.h"

namespace tidemill {

/// An instance to be asked.
struct TopTarget {
  std::string url;   ///< ends with /metrics
  std::string name;  ///< HOST:PORT, with the path when it is another one
};

/// HOST:PORT, or an http(s) URL to which /metrics is added unless it ends so.
/// Throws UsageError for anything else, for one with user or password and for
/// the same instance twice.
std::vector<TopTarget> ParseTargets(const std::vector<std::string>& texts);

/// What an instance answered, or why it did not.
struct Scrape {
  std::optional<InstanceReading> reading;
  std::string error;  ///< empty when there is a reading
  std::size_t bad_lines = 0;
  std::size_t left_out = 0;
  std::vector<std::string> complaints;
};

/// One GET without redirects and compression: at most 16 MiB within 3 s.
/// Throws nothing but std::bad_alloc. Threads: any.
Scrape ScrapeInstance(const TopTarget& target, const Clock& clock,
                      const std::atomic<bool>* cancel);

/// Asks all instances at once, on threads of its own.
class ScrapeRound {
 public:
  ScrapeRound(const std::vector<TopTarget>& targets, const Clock& clock,
              const std::atomic<bool>& cancel);

  /// True when all have answered or failed.
  bool Done() const;
  /// Waits for them; in the order of the targets. Once.
  std::vector<Scrape> Take();

 private:
  std::vector<std::future<Scrape>> answers_;
};

}  // namespace tidemill
