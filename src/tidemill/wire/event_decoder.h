#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/event_error.h"
#include "tidemill/core/schema.h"

namespace tidemill {

struct DecodeLimits {
  std::size_t max_bytes = 1U << 20U;  ///< of one event
  std::size_t max_depth = 64;         ///< objects and arrays within each other
};

/// Reads events, JSON objects in UTF-8, into typed columns.
///
/// Rules:   missing and null are the same; fields outside the schema are
///          checked to be JSON and counted, no more; a key that stands twice
///          in an object, a number no float64 holds, a value of another type
///          and invalid UTF-8 are errors. An event is checked whole: an error
///          of its JSON is reported before one of its schema, and among the
///          latter the first in the text.
/// Memory:  one buffer of the largest event seen, at most limits.max_bytes.
/// Threads: one at a time.
/// Source:  simdjson On-Demand. It checks only what it reads, so everything is
///          read, ignored fields too.
class EventDecoder {
 public:
  explicit EventDecoder(DecodeLimits limits = {});
  ~EventDecoder();
  EventDecoder(EventDecoder&&) noexcept;
  EventDecoder& operator=(EventDecoder&&) noexcept;

  /// Appends a row to `batch`, which has the columns of `schema`; on an error
  /// the batch is as before.
  std::optional<EventError> Decode(const Schema& schema, std::string_view json,
                                   EventBatch& batch);

  /// Fields outside the schema met so far in events that were accepted.
  std::uint64_t ignored_fields() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill
