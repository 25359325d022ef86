#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tidemill/core/record.h"

namespace tidemill {

/// A record to write. The sink copies what it needs before Produce() returns.
struct OutRecord {
  int topic = 0;                          ///< from RecordSink::OpenTopic
  std::optional<std::int32_t> partition;  ///< else by key
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const Header> headers;
  std::optional<std::int64_t> timestamp_ms;
  std::uint64_t token = 0;  ///< comes back in the delivery report
};

enum class ProduceResult : std::uint8_t {
  kQueued,
  kQueueFull,  ///< nothing taken: Poll(), then try again
  kTooLarge,   ///< nothing taken, and never will be
  kRejected,   ///< nothing taken for another lasting reason
};

enum class DeliveryStatus : std::uint8_t {
  kDelivered,
  kTooLarge,  ///< the broker refuses a record of that size
  kRejected,  ///< the broker refuses this record for good
  kFailed,    ///< not known to be written: abort, rewind, try again
};

struct Delivery {
  std::uint64_t token = 0;
  DeliveryStatus status = DeliveryStatus::kDelivered;
  std::string_view cause = {};  ///< of a failure, for people; lives for ever
};

enum class CommitMode : std::uint8_t { kBackground, kWait };

enum class CommitResult : std::uint8_t {
  kCommitted,  ///< done, or under way in the background
  kRetry,      ///< nothing changed: call again
  kAbort,      ///< Abort(), rewind the source, start over
  kFatal,      ///< FatalError() says why; a new process must take over
};

/// Where predictions and dead letters go, and offsets with them.
///
/// At least once: records go out as they are produced; Commit() takes the
/// positions whose outputs are all delivered. Exactly once: Produce() opens a
/// transaction when none is open; Commit() takes all processed positions and
/// makes them atomic with what was produced since.
/// Threads: one at a time.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  /// A handle for OutRecord::topic.
  virtual int OpenTopic(const std::string& name) = 0;
  virtual std::int32_t NumPartitions(int topic) = 0;  ///< 0 = not known

  virtual ProduceResult Produce(const OutRecord& record) = 0;

  /// Delivery reports since the last call, waiting up to `timeout` for the
  /// first. Valid until the next call.
  virtual std::span<const Delivery> Poll(std::chrono::milliseconds timeout) = 0;

  /// True when Commit() itself waits for what was produced.
  virtual bool transactional() const = 0;
  /// An empty list commits nothing: a transactional sink then aborts.
  virtual CommitResult Commit(std::span<const Position> positions,
                              CommitMode mode) = 0;
  /// Drops what was produced and not committed, or not yet delivered; no
  /// delivery report of it follows.
  virtual void Abort() = 0;

  /// Sends what is queued without further delay (no wait for reports).
  virtual void Hurry() = 0;

  virtual std::optional<std::string> FatalError() const = 0;
};

}  // namespace tidemill
