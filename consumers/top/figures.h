#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consumers/top/change.h"
#include "consumers/top/drift.h"
#include "consumers/top/reading.h"
#include "consumers/top/scrape.h"

namespace tidemill {

/// Rates and quantiles over the time between two readings; none without two.
struct TrafficFigures {
  std::optional<double> events_per_second;  ///< of all outcomes
  std::optional<double> failed_per_second;
  std::optional<double> client_errors_per_second;
  std::optional<double> dead_letters_per_second;
  std::optional<double> latency_p50;  ///< seconds, without shadows
  std::optional<double> latency_p99;
};

struct InstanceFigures {
  std::string name;
  std::string url;
  std::string error;  ///< why it does not answer; empty when it does
  std::string service;
  std::string build;
  std::string champion;  ///< "churn@7", "churn@0/9f86d081"
  std::optional<bool> ready;
  std::optional<double> seconds;  ///< between the two readings
  TrafficFigures traffic;
  std::optional<double> time_lag;  ///< seconds
  std::optional<double> lag_records;
  std::size_t bad_lines = 0;
  std::size_t left_out = 0;
  std::size_t unusable = 0;
  std::vector<std::string> complaints;
};

/// Over the instances that answer.
struct SumFigures {
  std::size_t answering = 0;
  std::size_t ready = 0;
  TrafficFigures traffic;
  std::optional<double> time_lag;  ///< the greatest
  std::optional<double> lag_records;
  std::map<std::string, double> swaps;  ///< by result, since the starts
};

struct DeadLetterFigures {
  std::string service;
  std::string stage;
  std::string reason;
  double total = 0.0;  ///< since the starts
  std::optional<double> per_second;
};

/// One version of one file in one role, over the instances that have it.
struct VersionFigures {
  std::string service;
  std::string model;
  std::string version;
  std::string digest;
  std::string variant;
  std::string engine;
  std::vector<std::string> instances;
  double scored = 0.0;  ///< since it was loaded
  double dead_letters = 0.0;
  std::optional<double> events_per_second;
  /// Of the service's events that have an answer; none for a shadow.
  std::optional<double> share;
  std::optional<double> latency_p50;
  std::optional<double> latency_p99;
  std::optional<double> score_psi;  ///< greatest against the champion
};

struct TopFigures {
  std::vector<InstanceFigures> instances;  ///< in the order of the targets
  SumFigures sum;
  std::vector<VersionFigures> versions;
  std::vector<DeadLetterFigures> dead_letters;  ///< the most frequent first
  std::vector<DriftVersionFigures> drift;
};

/// An instance that answers, and what it has done since its last reading.
struct InstanceAnswer {
  std::string name;
  const InstanceReading* reading = nullptr;
  std::optional<InstanceChange> change;
};

/// Remembers what it needs of earlier readings: of each instance the last one
/// and the bins' increase.
class TopTracker {
 public:
  explicit TopTracker(std::vector<TopTarget> targets);

  /// One scrape per target, in their order. An instance that was away is
  /// compared with its last reading; one that restarted counts from its start.
  TopFigures Update(std::vector<Scrape> scrapes);

 private:
  struct Instance {
    TopTarget target;
    std::optional<InstanceReading> last;
    DriftIncrease drift;
  };

  static std::optional<InstanceAnswer> Accept(Instance& instance, Scrape scrape,
                                              InstanceFigures& figures);

  std::vector<Instance> instances_;
};

}  // namespace tidemill
