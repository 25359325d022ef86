#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

// Owners of librdkafka's C handles. Only this module's .cpp files and private
// headers see them.
namespace tidemill {

/// Calls a C function that frees.
template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};

/// Destroys a client, waiting a few seconds at most: librdkafka 2.0.2 can hang
/// there (its issues 4527, 4884). A client that hangs is left to a thread of
/// its own; nothing calls back from it, since we serve its queues no more.
struct DestroyClient {
  void operator()(rd_kafka_t* client) const;
};

using ClientPtr = std::unique_ptr<rd_kafka_t, DestroyClient>;

/// Leaves a client that must not be destroyed to the end of the process.
void Abandon(ClientPtr client);

using ConfPtr =
    std::unique_ptr<rd_kafka_conf_t, FreeWith<rd_kafka_conf_destroy>>;
using TopicPtr =
    std::unique_ptr<rd_kafka_topic_t, FreeWith<rd_kafka_topic_destroy>>;
using MessagePtr =
    std::unique_ptr<rd_kafka_message_t, FreeWith<rd_kafka_message_destroy>>;
using HeadersPtr =
    std::unique_ptr<rd_kafka_headers_t, FreeWith<rd_kafka_headers_destroy>>;
using PartitionListPtr =
    std::unique_ptr<rd_kafka_topic_partition_list_t,
                    FreeWith<rd_kafka_topic_partition_list_destroy>>;
using QueuePtr =
    std::unique_ptr<rd_kafka_queue_t, FreeWith<rd_kafka_queue_destroy>>;
using EventPtr =
    std::unique_ptr<rd_kafka_event_t, FreeWith<rd_kafka_event_destroy>>;
using ErrorPtr =
    std::unique_ptr<rd_kafka_error_t, FreeWith<rd_kafka_error_destroy>>;
using NewTopicPtr =
    std::unique_ptr<rd_kafka_NewTopic_t, FreeWith<rd_kafka_NewTopic_destroy>>;
using ConfigResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t,
                    FreeWith<rd_kafka_ConfigResource_destroy>>;
using AdminOptionsPtr =
    std::unique_ptr<rd_kafka_AdminOptions_t,
                    FreeWith<rd_kafka_AdminOptions_destroy>>;

}  // namespace tidemill
