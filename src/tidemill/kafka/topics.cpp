#include "tidemill/kafka/topics.h"

#include <array>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/client_config.h"
#include "tidemill/kafka/deadline.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// A consumer without a group: unlike a producer's, its questions never make
/// a broker create the topic.
ClientPtr MakeAdminClient(const KafkaSettings& settings) {
  ConfPtr config = MakeConfig(
      settings,
      {{"reconnect.backoff.max.ms", "1000"}, {"socket.nagle.disable", "true"}},
      settings.consumer);
  // Over the user's own: a look at topics must not make them.
  char unused[1];
  rd_kafka_conf_set(config.get(), "allow.auto.create.topics", "false", unused,
                    sizeof(unused));
  rd_kafka_conf_set_log_cb(config.get(), nullptr);
  return MakeClient(RD_KAFKA_CONSUMER, std::move(config));
}

UnavailableError Unavailable(const KafkaSettings& settings,
                             rd_kafka_resp_err_t code) {
  return UnavailableError({.where = "Kafka at " + settings.bootstrap,
                           .expected = "an answer",
                           .got = rd_kafka_err2str(code)});
}

bool IsUnavailable(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

TopicDescription Describe(const rd_kafka_metadata_topic_t& topic) {
  switch (topic.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
      return {.name = topic.topic,
              .exists = true,
              .partitions = topic.partition_cnt};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return {.name = topic.topic, .exists = false, .partitions = 0};
    default:
      throw UnavailableError(
          {.where = std::string("Kafka topic '") + topic.topic + "'",
           .expected = "its description",
           .got = rd_kafka_err2str(topic.err)});
  }
}

NewTopicPtr ToNewTopic(const TopicSpec& spec) {
  constexpr int kBrokersDefault = -1;
  std::array<char, 512> message{};
  NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions,
                                          kBrokersDefault, message.data(),
                                          message.size()));
  if (topic == nullptr) {
    throw ConfigError("Kafka topic '" + spec.name + "': " + message.data());
  }
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  return topic;
}

AdminOptionsPtr ToOptions(rd_kafka_t* client, rd_kafka_admin_op_t operation,
                          milliseconds timeout) {
  AdminOptionsPtr options(rd_kafka_AdminOptions_new(client, operation));
  std::array<char, 512> message{};
  // How long to look for the controller, and how long it may take.
  rd_kafka_AdminOptions_set_request_timeout(options.get(), ToTimeout(timeout),
                                            message.data(), message.size());
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(
        options.get(), ToTimeout(timeout), message.data(), message.size());
  }
  return options;
}

/// The broker's answer to a request; throws UnavailableError on none.
EventPtr TakeReply(const KafkaSettings& settings, rd_kafka_queue_t* replies,
                   const char* expected, milliseconds timeout) {
  // librdkafka keeps the time; a second more is for its answer to arrive.
  EventPtr reply(
      rd_kafka_queue_poll(replies, ToTimeout(timeout + milliseconds{1000})));
  const auto code = reply == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT
                                     : rd_kafka_event_error(reply.get());
  if (IsUnavailable(code)) throw Unavailable(settings, code);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw UnavailableError({.where = "Kafka at " + settings.bootstrap,
                            .expected = expected,
                            .got = rd_kafka_event_error_string(reply.get())});
  }
  return reply;
}

/// What the broker will say again however often it is asked.
bool IsLasting(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
         code == RD_KAFKA_RESP_ERR_INVALID_CONFIG ||
         code == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS ||
         code == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
}

void CheckCreated(const rd_kafka_topic_result_t& result) {
  const auto code = rd_kafka_topic_result_error(&result);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR ||
      code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return;
  }
  const char* text = rd_kafka_topic_result_error_string(&result);
  const ErrorText error = {
      .where = std::string("Kafka topic '") +
               rd_kafka_topic_result_name(&result) + "'",
      .expected = "that the broker creates it",
      .got = text == nullptr ? rd_kafka_err2str(code) : text};
  if (IsLasting(code)) throw ConfigError(error);
  throw UnavailableError(error);
}

/// False when we are not allowed to look.
bool IsDescribed(const rd_kafka_ConfigResource_t& resource) {
  const auto code = rd_kafka_ConfigResource_error(&resource);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
      code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
    return false;
  }
  throw UnavailableError({.where = std::string("Kafka topic '") +
                                   rd_kafka_ConfigResource_name(&resource) +
                                   "'",
                          .expected = "its properties",
                          .got = rd_kafka_err2str(code)});
}

}  // namespace

std::vector<TopicDescription> DescribeTopics(const KafkaSettings& settings,
                                             std::span<const std::string> names,
                                             milliseconds timeout) {
  const Deadline deadline = DeadlineAfter(timeout);
  const ClientPtr client = MakeAdminClient(settings);
  std::vector<TopicDescription> descriptions;
  for (const std::string& name : names) {
    const TopicPtr topic(
        rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code = rd_kafka_metadata(client.get(), 0, topic.get(), &metadata,
                                        ToTimeout(TimeUntil(deadline)));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw Unavailable(settings, code);
    }
    const std::unique_ptr<const rd_kafka_metadata_t,
                          FreeWith<rd_kafka_metadata_destroy>>
        owner(metadata);
    descriptions.push_back(
        metadata->topic_cnt == 1
            ? Describe(metadata->topics[0])
            : TopicDescription{.name = name, .exists = false, .partitions = 0});
  }
  return descriptions;
}

void CreateTopics(const KafkaSettings& settings,
                  std::span<const TopicSpec> specs, milliseconds timeout) {
  if (specs.empty()) {
    return;
  }
  const ClientPtr client = MakeAdminClient(settings);
  std::vector<NewTopicPtr> owners;
  std::vector<rd_kafka_NewTopic_t*> topics;
  for (const TopicSpec& spec : specs) {
    owners.push_back(ToNewTopic(spec));
    topics.push_back(owners.back().get());
  }
  const AdminOptionsPtr options =
      ToOptions(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  const QueuePtr replies(rd_kafka_queue_new(client.get()));
  rd_kafka_CreateTopics(client.get(), topics.data(), topics.size(),
                        options.get(), replies.get());
  const EventPtr reply =
      TakeReply(settings, replies.get(), "that it creates topics", timeout);
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(reply.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    CheckCreated(*results[i]);
  }
}

std::optional<std::string> TopicProperty(const KafkaSettings& settings,
                                         const std::string& topic,
                                         const std::string& name,
                                         milliseconds timeout) {
  const ClientPtr client = MakeAdminClient(settings);
  const ConfigResourcePtr resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  const AdminOptionsPtr options =
      ToOptions(client.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const QueuePtr replies(rd_kafka_queue_new(client.get()));
  rd_kafka_DescribeConfigs(client.get(), resources, 1, options.get(),
                           replies.get());
  const EventPtr reply =
      TakeReply(settings, replies.get(), "a topic's properties", timeout);
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** results =
      rd_kafka_DescribeConfigs_result_resources(
          rd_kafka_event_DescribeConfigs_result(reply.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDescribed(*results[i])) return std::nullopt;
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry =
        rd_kafka_ConfigResource_configs(results[i], &entries);
    for (std::size_t k = 0; k < entries; ++k) {
      if (rd_kafka_ConfigEntry_name(entry[k]) != name) continue;
      const char* value = rd_kafka_ConfigEntry_value(entry[k]);
      return value == nullptr ? "" : value;
    }
  }
  return "";
}

}  // namespace tidemill
