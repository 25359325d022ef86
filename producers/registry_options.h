#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/rollout/artifact_store.h"
#include "tidemill/rollout/registry_change.h"

namespace tidemill {

/// How long one question to the broker may take.
inline constexpr std::chrono::milliseconds kRegistryTimeout{10'000};

/// Which registry is meant, as all verbs of `tidemill registry` take it.
struct RegistryOptions {
  std::string config;
  std::string service;
  std::string bootstrap;
  std::string store;
  std::string topic;
  bool json = false;
};

/// Adds the options, for a verb or for `registry` itself: they are accepted
/// before the verb too.
void AddRegistryOptions(CLI::App& app, RegistryOptions& options);
/// Adds the positional CONFIG, behind the verb's own.
void AddConfigArgument(CLI::App& verb, RegistryOptions& options);

/// A registry and a service in it.
struct RegistryTarget {
  std::string service;
  KafkaSettings kafka;
  RegistryTopics topics;
  ArtifactSources sources;
  bool warn_of_retention = true;  ///< when its topics are looked up

  /// Of the one who may write of the service.
  KafkaSettings WriterSettings() const;
};

/// The options over the config, or over the defaults without one. A relative
/// --store is against the working folder. Throws UsageError when neither names
/// a service, and what LoadServiceConfig() throws.
RegistryTarget ResolveTarget(const RegistryOptions& options);

/// Creates the registry's topics where they are absent; WarnOfRetention() of
/// the one that holds the state.
void EnsureTopics(const RegistryTarget& target);

/// An argument as it may stand in a message: OneLine(). Throws UsageError
/// naming `where` when it is longer than `max_bytes`.
std::string AsMessageText(std::string_view text, const std::string& where,
                          std::size_t max_bytes);

/// What --percent takes: 0, or what includes one of CanaryShare's buckets.
CLI::Validator CanaryPercent();

/// Who changes something: $TIDEMILL_USER, else user@host.
std::string IssuedBy();

}  // namespace tidemill
