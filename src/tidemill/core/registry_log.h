#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidemill {

/// A record of one of the registry's topics.
struct LogRecord {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  ///< since 1970
};

/// Reads topics of one partition each from their beginning, committed records
/// only, without a group. A fake serves the tests; kafka/ the real thing.
/// Threads: one at a time.
class LogReader {
 public:
  virtual ~LogReader() = default;

  /// Waits up to `timeout` for something new, then takes what is there, a few
  /// hundred records at most. Later trouble with the broker shows as nothing
  /// new; it goes on by itself.
  virtual std::vector<LogRecord> Poll(std::chrono::milliseconds timeout) = 0;

  /// Every topic has been read to the end it had when it was asked; true
  /// stays true. Means "all that was committed before this reader was made has
  /// been returned by Poll()".
  virtual bool at_end() const = 0;
};

/// A record to write.
struct LogWrite {
  std::string topic;
  std::string key;
  std::string value;
};

/// Writes to the registry's topics, all or nothing, one writer at a time.
/// Threads: one at a time.
class LogWriter {
 public:
  virtual ~LogWriter() = default;

  /// Fences every other writer of the same name and waits until what it had
  /// begun is settled. Throws UnavailableError without a broker, TryAgainError
  /// when another fenced this one meanwhile.
  virtual void Begin() = 0;

  /// All records in one transaction; after Begin(), once. Throws TryAgainError
  /// when another writer has begun since (nothing was written),
  /// UnavailableError when it cannot be known to be written.
  virtual void Write(std::span<const LogWrite> records) = 0;
};

}  // namespace tidemill
