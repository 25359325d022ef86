#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "tidemill/core/clock.h"
#include "tidemill/core/event_error.h"
#include "tidemill/telemetry/challenger_metrics.h"
#include "tidemill/telemetry/drift_monitor.h"
#include "tidemill/telemetry/registry_metrics.h"
#include "tidemill/telemetry/shadow_metrics.h"
#include "tidemill/telemetry/shared_series.h"
#include "tidemill/telemetry/version_metrics.h"

namespace tidemill {

/// How an event ended. Label of tidemill_events_total.
enum class Outcome : std::uint8_t { kScored, kDeadLetter, kFailed };
inline constexpr int kNumOutcomes = 3;
std::string_view ToText(Outcome outcome);

/// What a worker does with a batch. Label of stage_duration_seconds.
enum class BatchStage : std::uint8_t {
  kDecode,
  kFeatures,
  kPredict,
  kEncode,
  kProduce,
};
inline constexpr int kNumBatchStages = 5;
std::string_view ToText(BatchStage stage);

/// How a change of the model table ended. Label of model_swaps_total.
enum class SwapResult : std::uint8_t {
  kActivated,   ///< the version asked for answers now
  kRejected,    ///< it did not load or verify; the old one went on
  kRolledBack,  ///< guardrails put the previous version back
};
inline constexpr int kNumSwapResults = 3;
std::string_view ToText(SwapResult result);

/// How a transaction ended. Label of kafka_transactions_total.
enum class TransactionResult : std::uint8_t { kCommitted, kAborted };
inline constexpr int kNumTransactionResults = 2;
std::string_view ToText(TransactionResult result);

/// Every metric of a service (docs/metrics.md) but live quality.
///
/// Drift:   drift() is a source of metrics of its own, to be shown beside the
///          registry: MetricsServer::Add(metrics.drift()).
/// Series:  those with fixed labels are there from the start, at 0, so that
///          rate() has a first value.
/// Errors:  throws std::invalid_argument when `registry` has a metric of the
///          same name and another type: a broken promise of ours.
/// Threads: any number may call any function. None is meant per event: workers
///          count in a WorkerMetrics and publish once per batch.
class ServiceMetrics {
 public:
  struct BuildInfo {
    std::string revision;  ///< of the source; left out when empty
  };

  /// Without a registry it makes its own. `service` labels every series; two
  /// services may share a registry.
  explicit ServiceMetrics(
      std::string_view service,
      std::shared_ptr<prometheus::Registry> registry = nullptr,
      const BuildInfo& build = {}, const DriftOptions& drift = {});
  ServiceMetrics(const ServiceMetrics&) = delete;
  ServiceMetrics& operator=(const ServiceMetrics&) = delete;

  const std::shared_ptr<prometheus::Registry>& registry() const {
    return registry_;
  }
  /// As it stands in labels.
  const std::string& service() const { return service_; }
  /// Never null; may outlive this object.
  const std::shared_ptr<DriftMonitor>& drift() const { return drift_; }

  /// The series of a version, there while the result (or the result of an
  /// equal call) lives; it may outlive this object. `score_boundaries` are
  /// strictly rising; of two calls with equal labels the first one's count.
  /// `drift` is of drift()->ForVersion(), or null: inputs are not counted.
  std::shared_ptr<const VersionMetrics> ForVersion(
      const VersionLabels& labels, const std::vector<double>& score_boundaries,
      WallTime loaded, DriftCountsPtr drift = nullptr) const;

  /// The series that compare a shadow with the champion; else as above.
  std::shared_ptr<const ShadowMetrics> ForShadow(
      const VersionLabels& labels) const;

  /// The series that compare a canary's or shadow's scores with the champion's.
  std::unique_ptr<ChallengerMetrics> ForChallenger(
      const VersionLabels& labels) const;

  /// Of the registry that is followed, or would be.
  RegistryMetrics& rollout() { return rollout_; }

  void SetReady(bool ready);

  /// `duration` runs from the registry message to the exchange of the pointer
  /// (or to the refusal).
  void CountSwap(SwapResult result, std::chrono::nanoseconds duration);
  void CountTransaction(TransactionResult result);

  /// `code` is librdkafka's name of the error, e.g. "_TRANSPORT". The first
  /// kMaxErrorCodes get a series each, the rest count as "other".
  void CountClientError(std::string_view code);
  static constexpr std::size_t kMaxErrorCodes = 64;

 private:
  friend class WorkerMetrics;
  friend class PartitionMetrics;

  template <typename Metric>
  using PerLabel = std::vector<Metric*>;  ///< by the enum's value

  /// One of the 102 combinations; made when it first happens.
  prometheus::Counter& DeadLetters(Stage stage, Reason reason);

  std::string service_;
  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_ptr<DriftMonitor> drift_;

  PerLabel<prometheus::Counter> events_;
  prometheus::Family<prometheus::Counter>* dead_letters_;
  prometheus::Counter* ignored_fields_;
  PerLabel<prometheus::Histogram> stage_duration_;
  prometheus::Histogram* batch_events_;
  prometheus::Gauge* in_flight_;
  prometheus::Gauge* ready_;

  std::shared_ptr<SharedSeries<prometheus::Gauge>> lag_records_;
  std::shared_ptr<SharedSeries<prometheus::Gauge>> time_lag_;
  std::shared_ptr<SharedSeries<prometheus::Gauge>> last_record_;
  prometheus::Counter* rebalances_;
  prometheus::Gauge* assigned_partitions_;
  PerLabel<prometheus::Counter> transactions_;

  prometheus::Family<prometheus::Counter>* client_errors_;
  std::mutex client_errors_mutex_;
  /// Guarded by client_errors_mutex_.
  std::map<std::string, prometheus::Counter*, std::less<>> client_error_codes_;

  PerLabel<prometheus::Counter> swaps_;
  prometheus::Histogram* swap_duration_;
  VersionMetrics::Families versions_;
  ShadowMetrics::Families shadows_;
  ChallengerMetrics::Families challengers_;
  RegistryMetrics rollout_;
};

}  // namespace tidemill
