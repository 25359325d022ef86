#pragma once

#include <cstddef>
#include <string>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/schema.h"

namespace tidemill {

/// More events than that tell a baseline nothing new.
inline constexpr std::size_t kMaxBareRows = 100'000;

/// The first kMaxBareRows events of a file of JSON lines, plain or in gzip or
/// zstd, as the service would decode them. Throws IoError, and DataError naming
/// the line that is no event of the schema, or that there is none.
EventBatch ReadBareEvents(const Schema& schema, const std::string& path);

/// `count` events that nobody sent: numbers of all sizes, missing cells, known
/// and unseen categories; the same at every call.
EventBatch SampleBareEvents(const Schema& schema, std::size_t count);

}  // namespace tidemill
