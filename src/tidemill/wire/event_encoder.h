#pragma once

#include <cstddef>
#include <string>

#include "tidemill/core/event_batch.h"
#include "tidemill/core/schema.h"

namespace tidemill {

/// Appends a row as the JSON event that decodes to it; missing fields are left
/// out. An unseen category has no text any more: it is written as U+FFFD.
void AppendEvent(const Schema& schema, const EventBatch& batch, std::size_t row,
                 std::string& out);

}  // namespace tidemill
