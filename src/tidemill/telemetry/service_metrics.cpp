#include "tidemill/telemetry/service_metrics.h"

#include <utility>

#include "tidemill/telemetry/buckets.h"
#include "tidemill/telemetry/families.h"
#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;

constexpr std::array<std::string_view, kNumOutcomes> kOutcomeNames = {
    "scored", "dead_letter", "failed"};
constexpr std::array<std::string_view, kNumBatchStages> kBatchStageNames = {
    "decode", "features", "predict", "encode", "produce"};
constexpr std::array<std::string_view, kNumSwapResults> kSwapResultNames = {
    "activated", "rejected", "rolled_back"};
constexpr std::array<std::string_view, kNumTransactionResults>
    kTransactionResultNames = {"committed", "aborted"};

constexpr std::string_view kOtherCode = "other";

/// What each stage can find wrong; exported at 0 from the start. A pair that
/// is not listed appears when it first happens.
constexpr std::pair<Stage, Reason> kUsualDeadLetters[] = {
    {Stage::kSize, Reason::kTooLarge},
    {Stage::kParse, Reason::kEmpty},
    {Stage::kParse, Reason::kInvalidUtf8},
    {Stage::kParse, Reason::kInvalidJson},
    {Stage::kParse, Reason::kTooDeep},
    {Stage::kParse, Reason::kNotAnObject},
    {Stage::kSchema, Reason::kDuplicateKey},
    {Stage::kSchema, Reason::kNonFiniteNumber},
    {Stage::kSchema, Reason::kMissingField},
    {Stage::kSchema, Reason::kWrongType},
    {Stage::kSchema, Reason::kNotAnInteger},
    {Stage::kSchema, Reason::kInvalidTimestamp},
    {Stage::kFeatures, Reason::kNonFiniteFeature},
    {Stage::kModel, Reason::kNonFiniteScore},
    {Stage::kModel, Reason::kModelFailed},
    {Stage::kProduce, Reason::kRecordTooLarge},
    {Stage::kProduce, Reason::kRecordRejected},
};

template <typename Metric>
std::shared_ptr<SharedSeries<Metric>> Share(
    const std::shared_ptr<Registry>& registry, Family<Metric>& family) {
  return std::make_shared<SharedSeries<Metric>>(registry, family);
}

template <typename Enum>
std::size_t Index(Enum value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string_view ToText(Outcome outcome) {
  return kOutcomeNames[Index(outcome)];
}
std::string_view ToText(BatchStage stage) {
  return kBatchStageNames[Index(stage)];
}
std::string_view ToText(SwapResult result) {
  return kSwapResultNames[Index(result)];
}
std::string_view ToText(TransactionResult result) {
  return kTransactionResultNames[Index(result)];
}

ServiceMetrics::ServiceMetrics(std::string_view service,
                               std::shared_ptr<Registry> registry,
                               const BuildInfo& build,
                               const DriftOptions& drift)
    : service_(LabelText(service)),
      registry_(registry != nullptr ? std::move(registry)
                                    : std::make_shared<Registry>()),
      drift_(std::make_shared<DriftMonitor>(service_, drift)),
      rollout_(*registry_, service_) {
  Registry& to = *registry_;
  const Labels labels = {{"service", service_}};

  events_ = AddAll(CounterFamily(to, "tidemill_events_total",
                                 "Events read, by how they ended."),
                   labels, "outcome", kOutcomeNames);
  dead_letters_ = &CounterFamily(
      to, "tidemill_dead_letters_total",
      "Events that could not be scored, by the stage that found out and why.");
  for (const auto& [stage, reason] : kUsualDeadLetters) {
    DeadLetters(stage, reason);
  }
  ignored_fields_ = &CounterFamily(to, "tidemill_ignored_fields_total",
                                   "Fields of events that the schema does not "
                                   "have.")
                         .Add(labels);
  stage_duration_ =
      AddAll(HistogramFamily(to, "tidemill_stage_duration_seconds",
                             "Time that a stage took for one batch."),
             labels, "stage", kBatchStageNames, StageBoundaries());
  batch_events_ =
      &HistogramFamily(to, "tidemill_batch_events", "Events in a batch.")
           .Add(labels, BatchBoundaries());
  in_flight_ = &GaugeFamily(to, "tidemill_in_flight_records",
                            "Outputs that have no delivery report yet.")
                    .Add(labels);
  ready_ = &GaugeFamily(to, "tidemill_ready",
                        "1 when the service answers ready, else 0.")
                .Add(labels);

  lag_records_ =
      Share(registry_, GaugeFamily(to, "tidemill_kafka_consumer_lag_records",
                                   "Records of a partition not yet read."));
  time_lag_ = Share(
      registry_,
      GaugeFamily(to, "tidemill_kafka_time_lag_seconds",
                  "Age of the last record read; 0 when none is waiting."));
  last_record_ = Share(
      registry_, GaugeFamily(to, "tidemill_kafka_last_record_timestamp_seconds",
                             "Timestamp of the last record read, since 1970."));
  rebalances_ = &CounterFamily(to, "tidemill_kafka_rebalances_total",
                               "Assignments of partitions to a worker.")
                     .Add(labels);
  assigned_partitions_ = &GaugeFamily(to, "tidemill_kafka_assigned_partitions",
                                      "Partitions that this process reads.")
                              .Add(labels);
  client_errors_ = &CounterFamily(to, "tidemill_kafka_client_errors_total",
                                  "Errors that the Kafka client reported.");
  Labels other = labels;
  other.emplace("code", kOtherCode);
  client_error_codes_.emplace(kOtherCode, &client_errors_->Add(other));
  transactions_ = AddAll(CounterFamily(to, "tidemill_kafka_transactions_total",
                                       "Transactions, by how they ended."),
                         labels, "result", kTransactionResultNames);

  swaps_ = AddAll(CounterFamily(to, "tidemill_model_swaps_total",
                                "Changes of the model, by how they ended."),
                  labels, "result", kSwapResultNames);
  swap_duration_ =
      &HistogramFamily(to, "tidemill_model_swap_duration_seconds",
                       "Time from a registry message to the new model.")
           .Add(labels, LatencyBoundaries());
  versions_ = {
      .latency = Share(
          registry_,
          HistogramFamily(to, "tidemill_end_to_end_latency_seconds",
                          "Time from a record's timestamp to the delivery "
                          "report of its prediction.")),
      .score =
          Share(registry_, HistogramFamily(to, "tidemill_prediction_score",
                                           "Scores, in the model's own unit.")),
      .info = Share(registry_, GaugeFamily(to, "tidemill_model_info",
                                           "Models that are loaded; always "
                                           "1.")),
      .loaded = Share(registry_,
                      GaugeFamily(to, "tidemill_model_loaded_timestamp_seconds",
                                  "Time at which a model was loaded, since "
                                  "1970.")),
      .events = Share(
          registry_,
          CounterFamily(to, "tidemill_version_events_total",
                        "Events that a version was chosen for, by how they "
                        "ended.")),
  };
  shadows_ = {
      .events = Share(registry_,
                      CounterFamily(to, "tidemill_shadow_events_total",
                                    "Events offered to a shadow, by how they "
                                    "ended.")),
      .agreement =
          Share(registry_,
                CounterFamily(to, "tidemill_shadow_agreement_total",
                              "Events that shadow and champion have scored, by "
                              "whether they agree.")),
      .difference = Share(
          registry_,
          HistogramFamily(to, "tidemill_shadow_score_difference",
                          "Absolute difference of shadow's and champion's "
                          "scores.")),
  };
  challengers_ = {
      .psi =
          Share(registry_, GaugeFamily(to, "tidemill_challenger_score_psi",
                                       "PSI of a challenger's scores and the "
                                       "champion's over the drift window.")),
      .events = Share(registry_,
                      GaugeFamily(to, "tidemill_challenger_score_events",
                                  "Scores behind that PSI, of the side that "
                                  "has fewer.")),
  };

  Labels info = labels;
  info.emplace("version", TIDEMILL_VERSION);
  info.emplace("compiler", "g++ " __VERSION__);
  if (!build.revision.empty()) {
    info.emplace("revision", LabelText(build.revision));
  }
  GaugeFamily(to, "tidemill_build_info", "The program's build; always 1.")
      .Add(info)
      .Set(1.0);
}

std::shared_ptr<const VersionMetrics> ServiceMetrics::ForVersion(
    const VersionLabels& labels, const std::vector<double>& score_boundaries,
    WallTime loaded, DriftCountsPtr drift) const {
  return std::make_shared<const VersionMetrics>(
      versions_, service_, labels, score_boundaries, loaded, std::move(drift));
}

std::shared_ptr<const ShadowMetrics> ServiceMetrics::ForShadow(
    const VersionLabels& labels) const {
  return std::make_shared<const ShadowMetrics>(shadows_, service_, labels);
}

std::unique_ptr<ChallengerMetrics> ServiceMetrics::ForChallenger(
    const VersionLabels& labels) const {
  return std::make_unique<ChallengerMetrics>(challengers_, service_, labels);
}

void ServiceMetrics::SetReady(bool ready) { ready_->Set(ready ? 1.0 : 0.0); }

void ServiceMetrics::CountSwap(SwapResult result,
                               std::chrono::nanoseconds duration) {
  swaps_[Index(result)]->Increment();
  swap_duration_->Observe(std::chrono::duration<double>(duration).count());
}

void ServiceMetrics::CountTransaction(TransactionResult result) {
  transactions_[Index(result)]->Increment();
}

void ServiceMetrics::CountClientError(std::string_view code) {
  const std::lock_guard lock(client_errors_mutex_);
  auto found = client_error_codes_.find(code);
  if (found == client_error_codes_.end()) {
    // "other" is one of the codes from the start.
    if (client_error_codes_.size() > kMaxErrorCodes) {
      found = client_error_codes_.find(kOtherCode);
    } else {
      Counter& counter = client_errors_->Add(
          {{"service", service_}, {"code", LabelText(code)}});
      found = client_error_codes_.emplace(code, &counter).first;
    }
  }
  found->second->Increment();
}

Counter& ServiceMetrics::DeadLetters(Stage stage, Reason reason) {
  return dead_letters_->Add({{"service", service_},
                             {"stage", std::string(ToText(stage))},
                             {"reason", std::string(ToText(reason))}});
}

}  // namespace tidemill
