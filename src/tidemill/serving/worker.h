#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/core/record_source.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/serving/batch_groups.h"
#include "tidemill/serving/offset_tracker.h"
#include "tidemill/serving/output_builder.h"
#include "tidemill/serving/recent_dead_letters.h"
#include "tidemill/serving/shadow_queue.h"
#include "tidemill/serving/version_recorders.h"
#include "tidemill/telemetry/partition_metrics.h"
#include "tidemill/telemetry/worker_metrics.h"

namespace tidemill {

struct WorkerOptions {
  std::string service;
  std::string events_topic;
  std::string predictions_topic;
  std::string dead_letters_topic;
  std::size_t max_batch = 512;
  std::chrono::milliseconds commit_interval{1000};
  DecodeLimits limits;
  /// How long a drain may wait for delivery reports.
  std::chrono::milliseconds drain_timeout{3500};
};

/// Why a worker ended.
enum class WorkerEnd : std::uint8_t {
  kDrained,  ///< asked to stop; all that was delivered is committed
  kFatal,    ///< source or sink can do no more: see fatal_error()
};

/// What is kept of an event until its delivery report is in: what the metrics
/// then count.
struct PendingOutput {
  VersionRecorder* recorder = nullptr;
  double score = 0.0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> timestamp_ms;
  std::int32_t partition = 0;
  bool dead_letter = false;
  Stage stage = Stage::kProduce;
  Reason reason = Reason::kRecordRejected;
};

/// The scorer's loop: one record, then whatever is there already; score;
/// produce; commit what is delivered. Every event becomes one prediction or
/// one dead letter.
///
/// Models:   those of the set that is current when a batch begins; a record
///           that is read again may meet another set. Outputs keep the order
///           of their events, whichever model scored them. While the set has
///           shadows, each event is offered to them once, after its output
///           was produced; when they are behind, it is dropped and counted.
/// Delivery: at least once. An offset is committed only when the outputs of
///           all offsets before it are delivered. A planned stop or rebalance
///           waits for the reports and repeats nothing. A record that the
///           broker refuses becomes a dead letter of stage `produce`; other
///           delivery failures rewind and try again, without repeating what
///           was delivered.
///           (A revoke cannot read again: a record that is refused while it
///           runs is left to the next owner, with what followed it.)
/// Memory:   at most kMaxInFlight outputs wait for their report; beyond that
///           nothing more is read.
/// Threads:  Run() on one thread; RequestStop(), joined() and fatal_error()
///           from any.
class Worker final : private RebalanceListener {
 public:
  static constexpr std::size_t kMaxInFlight = 1U << 16U;

  /// All references must outlive the worker, `shadows` and `dead_letters` too;
  /// without the first the shadows see nothing, without the other nobody is
  /// shown the last dead letters.
  Worker(WorkerOptions options, RecordSource& source, RecordSink& sink,
         const ModelTable& models, ServiceMetrics& metrics, const Clock& clock,
         ShadowQueue* shadows = nullptr,
         RecentDeadLetters* dead_letters = nullptr);
  ~Worker() override;

  /// Joins the group and works until RequestStop() or a fatal error; then
  /// drains and leaves the group.
  WorkerEnd Run();

  void RequestStop() { stop_.store(true, std::memory_order_relaxed); }

  /// The group has told it its partitions at least once.
  bool joined() const { return joined_.load(std::memory_order_relaxed); }
  /// After Run() answered kFatal.
  const std::string& fatal_error() const { return fatal_error_; }

 private:
  void OnAssigned(std::span<const TopicPartition> partitions) override;
  void OnRevoked(std::span<const TopicPartition> partitions) override;
  void OnLost(std::span<const TopicPartition> partitions) override;

  void RunOnce();
  void Drain();
  void WantRewind(std::chrono::milliseconds delay);
  bool HasRoom();
  void SetPaused(bool paused);
  void ScoreBatch(std::span<const Record> records, const ModelSet& models);
  bool Begins(const Record& record);
  void OfferToShadows(std::span<const Record> records, const ModelSet& models);
  void ObserveBatch(std::size_t events, SteadyTime::duration emit_time);
  void Emit(const Record& record, const Answer& answer, std::int64_t now_us);
  void Note(const Record& record, const EventError* error);
  void EmitSuspect(const Record& record, const Answer& answer,
                   std::int64_t now_us);
  OutRecord Encode(const Record& record, const Answer& answer,
                   std::int64_t now_us);
  /// Produces; a record that is refused at once is turned into a dead letter.
  void Produce(const Record& record, OutRecord out, PendingOutput pending,
               const LoadedModel& model);
  ProduceResult ProduceWhenRoom(OutRecord out, std::uint64_t token);
  DeliveryStatus ProduceAndWait(OutRecord out, std::uint64_t token);

  void TakeReports(std::chrono::milliseconds timeout);
  void TakeReport(const Delivery& report, std::int64_t now_ms);
  void CountDelivered(const PendingOutput& pending, std::int64_t now_ms);
  void DropOldRecorders();
  void Publish();
  void Settle(std::chrono::milliseconds timeout);
  void RewindIfNeeded();
  void CommitIfDue();
  void CommitAll();
  void UpdateLag();
  void Forget(std::span<const TopicPartition> partitions);
  void LookUpPartitions();
  void CheckFatal();

  OffsetTracker::Handle HandleOf(const Record& record);
  PendingOutput& PendingAt(std::uint64_t token);

  WorkerOptions options_;
  RecordSource& source_;
  RecordSink& sink_;
  ModelTable::Reader models_;
  ServiceMetrics& service_metrics_;
  const Clock& clock_;

  std::atomic<bool> stop_{false};
  std::atomic<bool> joined_{false};
  bool fatal_ = false;
  std::string fatal_error_;

  BatchGroups groups_;
  ShadowQueue* shadows_;
  RecentDeadLetters* dead_letters_;
  std::vector<std::size_t> fresh_;  ///< places in the batch, for the shadows
  OutputBuilder builder_;
  OutputBuilder::Topics topics_;
  bool partitions_known_ = false;
  WorkerMetrics metrics_;
  PartitionMetrics partition_metrics_;

  OffsetTracker tracker_;
  std::vector<PendingOutput> pending_;  ///< by token modulo kMaxInFlight
  std::size_t unreported_ = 0;          ///< produced and not reported yet
  std::vector<OffsetTracker::Handle> handles_;  ///< by partition

  VersionRecorders recorders_;

  bool paused_ = false;
  /// An output failed or was refused: read again from the frontiers, once all
  /// reports are in and `retry_after_` has come.
  bool rewind_wanted_ = false;
  SteadyTime retry_after_{};
  SteadyTime full_since_{};
  /// Offsets the broker may have refused: done alone at the next reading.
  std::map<std::pair<std::int32_t, std::int64_t>, DeliveryStatus> suspects_;

  /// Set when it is to stop: nothing is begun that was not begun before.
  std::optional<SteadyTime> drain_end_;

  SteadyTime last_commit_{};
  std::size_t num_commits_ = 0;
  std::vector<Position> confirmed_;  ///< of the last commit waited for
  SteadyTime last_lag_{};
  struct Progress {
    std::int64_t next_offset = 0;
    std::optional<std::int64_t> last_record_ms;
  };
  std::map<std::int32_t, Progress> progress_;
  SteadyTime::duration encode_time_{};  ///< of the batch at hand
};

}  // namespace tidemill
