#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/config/config_value.h"
#include "tidemill/config/host_port.h"
#include "tidemill/config/overlay.h"
#include "tidemill/core/config_problems.h"
#include "tidemill/core/parameters.h"

namespace tidemill {

enum class DeliveryMode { kAtLeastOnce, kExactlyOnce };

/// A property that is passed on to librdkafka untouched.
struct KafkaProperty {
  std::string name;   ///< dotted, e.g. "linger.ms"
  std::string value;  ///< the scalar as it was written, or what `file` holds
  std::string where;  ///< its place, for librdkafka's complaints about it
  std::filesystem::path file;  ///< of NAME_file: where the value stands
};
using PropertyList = std::vector<KafkaProperty>;

/// Everything `serve` and its neighbours read from config/NAME.yaml, checked
/// and complete: every default is filled in. docs/configuration.md explains
/// each key; that page, the parser, the JSON Schema and the names of the
/// environment variables all come from the table in field_table.cpp.
struct ServiceConfig {
  struct Kafka {
    std::string bootstrap;  ///< HOST:PORT, or several with commas
    std::string group;
    PropertyList properties;
    PropertyList consumer;
    PropertyList producer;
    bool static_membership = false;
  };
  struct Topics {
    std::string events;
    std::string predictions;
    std::string dead_letters;
    std::string outcomes;
    bool create = false;
  };
  struct Registry {
    std::string topic;
    std::string store;  ///< a folder, or an http(s) URL
    std::vector<std::string> allowed;
    std::filesystem::path last_good;
  };
  struct Metrics {
    HostPort listen;
  };
  struct Http {
    HostPort listen;
  };
  struct Limits {
    std::size_t max_event_bytes = 0;
    int max_depth = 0;
    int max_batch = 0;
  };
  /// How far the events lie from what training saw; docs/drift.md.
  struct Drift {
    struct Thresholds {  ///< 0: off
      double psi = 0.0;
      double js_distance = 0.0;
      double ks = 0.0;
      double missing_ratio = 0.0;
      double unseen_ratio = 0.0;
      double out_of_range_ratio = 0.0;
      double score_psi = 0.0;
    };
    std::chrono::milliseconds window{0};
    int window_events = 0;
    int min_events = 0;
    double sample = 0.0;
    bool features = false;
    Thresholds thresholds;
  };
  struct Log {
    std::string level;   ///< trace, debug, info, warn, error
    std::string format;  ///< text, json
  };

  std::string service;
  Kafka kafka;
  Topics topics;
  std::filesystem::path model;  ///< empty: the registry says which
  Registry registry;
  DeliveryMode delivery = DeliveryMode::kAtLeastOnce;
  std::chrono::milliseconds commit_interval{0};
  int workers = 0;
  std::string instance;
  Metrics metrics;
  Http http;
  Limits limits;
  Drift drift;
  Log log;

  /// Where each key that is no default was written, by dotted name.
  std::map<std::string, std::string> places;

  /// The place of a key, for an error about its value: "churn.yaml:4:3
  /// (kafka.group)", or "the default of kafka.group".
  std::string Where(std::string_view name) const;
};

/// Reads the file, then lays the environment and then `sets` ("a.b=c", from
/// --set and from flags such as --bootstrap) over it. Relative paths, wherever
/// they were written, are against the file's folder. Of the files that the
/// config names only those with secrets (sasl.password_file) are opened.
/// Errors: IoError when the file cannot be read, UsageError when a set is no
/// PATH=VALUE, else ConfigErrors with all that is wrong.
ServiceConfig LoadServiceConfig(const std::filesystem::path& path,
                                const std::vector<std::string>& sets = {},
                                const Environment& environment = {});

/// The same from a tree; relative paths are against `folder`.
ServiceConfig ReadServiceConfig(const ParameterValue& tree,
                                const std::filesystem::path& folder);

/// The same with the environment and `sets` laid over the tree; notes in
/// `problems` all that is wrong, and goes on with the default there.
ServiceConfig ReadServiceConfig(ParameterValue tree,
                                const std::filesystem::path& folder,
                                const std::vector<std::string>& sets,
                                const Environment& environment,
                                ConfigProblems& problems);

/// All defaults; `sets` as above. Relative paths stay as they are.
ServiceConfig DefaultServiceConfig(std::string_view service,
                                   const std::vector<std::string>& sets = {});

/// Every value, in the order of the table of fields; of a map of properties
/// each one.
std::vector<ConfigValue> ValuesOf(const ServiceConfig& config);

/// The same as YAML, the place behind each key. But for what is masked,
/// reading it back gives the same config.
std::string ToText(const ServiceConfig& config);

/// "at_least_once", "exactly_once".
std::string_view ToText(DeliveryMode delivery);

}  // namespace tidemill
