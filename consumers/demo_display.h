#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tidemill/telemetry/service_snapshot.h"

namespace tidemill {

/// What has happened so far, seen from outside the scorer where possible.
struct DemoFigures {
  double seconds = 0.0;
  std::uint64_t sent = 0;
  std::uint64_t predictions = 0;   ///< read back from the topic
  std::uint64_t dead_letters = 0;  ///< read back from the topic
  double rate = 0.0;               ///< predictions a second, since the last
  ServiceSnapshot scorer;          ///< what the metrics say
};

/// "3.2 ms"; "-" for NaN.
std::string MillisecondsText(double seconds);

/// Shows the figures: a block that is drawn anew on a terminal, lines
/// elsewhere.
class DemoDisplay {
 public:
  explicit DemoDisplay(bool terminal) : terminal_(terminal) {}

  std::chrono::milliseconds interval() const;

  /// Something happened; stays to be seen.
  void Tell(double seconds, const std::string& what);
  void Show(const DemoFigures& figures, const std::vector<std::string>& last);

 private:
  void ShowLine(const DemoFigures& figures,
                const std::vector<std::string>& last);
  void Line(const std::string& text);

  bool terminal_;
  int lines_ = 0;
  std::vector<std::string> told_;
};

}  // namespace tidemill
