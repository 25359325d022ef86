#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "tidemill/core/clock.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/simulation/simulator.h"

namespace tidemill {

struct PublishSummary {
  std::uint64_t sent = 0;       ///< taken by the sink
  std::uint64_t delivered = 0;  ///< confirmed
  std::uint64_t failed = 0;     ///< refused at once or by delivery report
  std::uint64_t poisoned = 0;   ///< of those made
  /// The first records, without a gap, that were confirmed (or failed, where
  /// the stream does not end there).
  std::uint64_t prefix = 0;
  /// Number, from 0, of the first record that is itself at fault: too large, or
  /// none that the topic may hold.
  std::optional<std::uint64_t> refused;
  /// Why the first record failed that is not at fault.
  std::optional<std::string> failure;
  std::chrono::duration<double> elapsed{};

  /// Sent without a report within the flush timeout.
  std::uint64_t unconfirmed = 0;
};

struct PublishOptions {
  int topic = 0;  ///< from RecordSink::OpenTopic
  /// Events per second; absent or 0 = as fast as the sink takes them.
  std::optional<double> rate = {};
  std::optional<std::uint64_t> count = {};  ///< absent = until stopped
  bool with_truth = false;  ///< of the simulator: send the labelled object
  /// Ends the stream when true; looked at 20 times a second or more often.
  const std::atomic<bool>* stop = nullptr;
  /// Rises with every event sent, for those who watch.
  std::atomic<std::uint64_t>* sent = nullptr;
  /// Called after reports came in, with the figures so far.
  std::function<void(const PublishSummary&)> watch = {};
  /// So many records wait for their reports, no more.
  std::uint64_t max_in_flight = 20'000;
  /// Ends the stream at a record that the broker or the sink does not take;
  /// else it is counted and the stream goes on.
  bool stop_at_failure = false;
  /// How long to wait at the end for the last delivery reports.
  std::chrono::milliseconds flush_timeout{10'000};
};

/// Where records come from.
class RecordFeed {
 public:
  virtual ~RecordFeed() = default;
  /// Sets what the next record has beside topic, timestamp and token; false at
  /// the end. The texts live until the next call.
  virtual bool Next(OutRecord& record) = 0;
};

/// Sends records at a steady rate, or as fast as they are confirmed.
///
/// Pacing:   record n is due at start + n / rate; after a stall those that are
///           due follow at once, never more. Waits inside sink.Poll(), so that
///           delivery reports are served.
/// Pressure: a full queue is polled and tried again, the same record; so is
///           one that would be too many in flight.
/// Records:  token = n, timestamp = clock.Now() when it is sent.
/// Errors:   throws UnavailableError on the sink's FatalError().
PublishSummary Publish(RecordFeed& feed, const PublishOptions& options,
                       RecordSink& sink, const Clock& clock);

/// The same with simulated events under their keys.
PublishSummary Publish(Simulator& simulator, const PublishOptions& options,
                       RecordSink& sink, const Clock& clock);

enum class RowFormat : std::uint8_t { kJsonLines, kCsv };

/// Writes so many rows, in CSV with a header line. A record without a value is
/// an empty line. Stops early when `stop` becomes true. Throws IoError when the
/// stream fails and UsageError on poison in CSV, which cannot hold it. Returns
/// the rows written.
std::uint64_t WriteRows(Simulator& simulator, std::uint64_t count,
                        std::ostream& out, RowFormat format, bool with_truth,
                        const std::atomic<bool>* stop = nullptr);

}  // namespace tidemill
