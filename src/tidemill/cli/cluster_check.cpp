#include "tidemill/cli/cluster_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "tidemill/cli/cluster_settings.h"
#include "tidemill/cli/registry_retention.h"
#include "tidemill/core/clock.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// A topic and what its absence means.
struct Wanted {
  std::string key;
  std::string name;
  bool needed = true;  ///< to score
};

std::vector<Wanted> WantedTopics(const ServiceConfig& config) {
  std::vector<Wanted> wanted = {
      {"topics.events", config.topics.events},
      {"topics.predictions", config.topics.predictions},
      {"topics.dead_letters", config.topics.dead_letters},
      {"topics.outcomes", config.topics.outcomes, false}};
  if (config.model.empty()) {
    wanted.push_back(
        {"topics.predictions", config.topics.predictions + ".shadow", false});
  }
  return wanted;
}

void CheckPresence(const ServiceConfig& config, const Wanted& wanted,
                   bool exists, std::vector<Finding>& findings) {
  if (exists || config.topics.create) return;
  Finding finding{.is_error = wanted.needed,
                  .where = config.Where(wanted.key),
                  .message = fmt::format("expected the topic {}, got none of "
                                         "that name (create it, or set "
                                         "topics.create: true)",
                                         wanted.name)};
  findings.push_back(std::move(finding));
}

void CheckPartitions(const ServiceConfig& config, const TopicFacts& events,
                     const TopicFacts& predictions,
                     std::vector<Finding>& findings) {
  if (events.partitions == 0) return;
  if (config.workers > events.partitions) {
    AddWarning(config.Where("workers"),
               fmt::format("{} workers for the {} partitions of {}: the rest "
                           "stands idle",
                           config.workers, events.partitions, events.name),
               findings);
  }
  if (predictions.partitions == 0 ||
      predictions.partitions == events.partitions) {
    return;
  }
  AddWarning(config.Where("topics.predictions"),
             fmt::format("{} has {} partitions and {} has {}: predictions go "
                         "by their keys, not to their events' partitions",
                         predictions.name, predictions.partitions, events.name,
                         events.partitions),
             findings);
}

void CheckRegistry(const ServiceConfig& config, const KafkaSettings& settings,
                   const TopicFacts& registry, milliseconds timeout,
                   std::vector<Finding>& findings) {
  const std::string where = config.Where("registry.topic");
  if (registry.partitions == 0) {
    AddWarning(where,
               fmt::format("no topic {} yet: serve and `tidemill registry` "
                           "create it",
                           registry.name),
               findings);
    return;
  }
  if (registry.partitions != 1) {
    findings.push_back(
        {.where = where,
         .message = fmt::format("expected one partition of {}, got {}",
                                registry.name, registry.partitions)});
  }
  const auto problem = RetentionProblem(settings, registry.name, timeout);
  if (!problem) {
    AddWarning(where,
               fmt::format("the cleanup.policy of {} may not be looked at",
                           registry.name),
               findings);
  } else if (!problem->empty()) {
    findings.push_back({.where = where, .message = *problem});
  }
}

}  // namespace

std::vector<TopicFacts> CheckCluster(const ServiceConfig& config,
                                     milliseconds timeout,
                                     std::vector<Finding>& findings) {
  const SystemClock clock;
  const SteadyTime start = clock.Steady();
  const KafkaSettings settings = ClusterSettings(config.kafka);
  const std::vector<Wanted> wanted = WantedTopics(config);
  std::vector<std::string> names;
  names.reserve(wanted.size() + 1);
  for (const Wanted& topic : wanted) names.push_back(topic.name);
  if (config.model.empty()) names.push_back(config.registry.topic);

  std::vector<TopicFacts> facts;
  for (const TopicDescription& topic :
       DescribeTopics(settings, names, timeout)) {
    facts.push_back({topic.name, topic.exists ? topic.partitions : 0});
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CheckPresence(config, wanted[i], facts[i].partitions > 0, findings);
  }
  CheckPartitions(config, facts[0], facts[1], findings);
  if (config.model.empty()) {
    const auto spent = std::chrono::ceil<milliseconds>(clock.Steady() - start);
    CheckRegistry(config, settings, facts.back(),
                  std::max(timeout - spent, milliseconds{1}), findings);
  }
  return facts;
}

}  // namespace tidemill
