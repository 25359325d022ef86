#pragma once

#include "tidemill/core/record_sink.h"
#include "tidemill/kafka/rdkafka_ptr.h"

namespace tidemill {

/// The end of a record, from its delivery report.
///
/// A broker refuses whole batches. kTooLarge can be trusted for a lone record,
/// and for batches while the topic's max.message.bytes is at least the
/// producer's batch.size (as both are by default); kRejected may name the
/// neighbours of the one bad record too.
DeliveryStatus ToDeliveryStatus(rd_kafka_resp_err_t code);

}  // namespace tidemill
