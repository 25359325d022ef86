#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill {

/// librdkafka properties by their dotted names, passed on untouched.
using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

/// How a client finds its cluster and what it calls itself.
///
/// The properties win over our defaults, `consumer` and `producer` over
/// `common`. Two kinds are refused with ConfigError, which names them: what
/// librdkafka refuses, and what would break a promise of ours (offsets are
/// committed by us, producers are idempotent, every record is reported) or
/// contradict a field of this struct.
struct KafkaSettings {
  std::string bootstrap;  ///< HOST:PORT, or several parted by commas
  std::string group;      ///< consumers only
  std::string client_id;
  std::optional<std::string> group_instance_id;  ///< static membership
  std::optional<std::string> transactional_id;   ///< exactly once only
  KafkaProperties common;
  KafkaProperties consumer;
  KafkaProperties producer;
};

/// What a client tells beside records; any of them may be empty.
///
/// Threads: called inside calls of the source or sink, on their caller's
///          thread, never later than their destruction.
/// Errors:  must not throw: the frames between are librdkafka's.
struct KafkaEvents {
  /// `code` is librdkafka's name, e.g. "_ALL_BROKERS_DOWN"; a closed set, so
  /// it can label a metric. Unless FatalError() is set the client goes on.
  std::function<void(std::string_view code, std::string_view message)> on_error;
  /// `level` as in syslog: 3 error, 4 warning, 6 info, 7 debug.
  std::function<void(int level, std::string_view facility,
                     std::string_view text)>
      on_log;
  /// "assigned", "revoked" or "lost".
  std::function<void(std::string_view kind)> on_rebalance;
};

}  // namespace tidemill
