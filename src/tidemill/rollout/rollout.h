#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/core/clock.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/rollout/guard.h"
#include "tidemill/rollout/last_good.h"
#include "tidemill/rollout/model_loader.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/rollout/registry_change.h"
#include "tidemill/telemetry/service_metrics.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {

/// Where a rollout says what became of it.
/// Threads: called from any thread that calls the rollout; must not block.
class RolloutListener {
 public:
  virtual ~RolloutListener() = default;
  /// This instance's status. With `changed` it belongs on the audit topic too;
  /// else it only repeats.
  virtual void OnStatus(const InstanceStatus& status, bool changed) = 0;
  /// A guardrail was broken and nothing is to be done about it.
  virtual void OnEvidence(const AuditRecord& record) = 0;
  /// Why a state cannot be served for a reason outside of its models, a topic
  /// that does not exist, say; empty: it can. Called on the thread that handles
  /// messages; may ask a broker.
  virtual std::string WhyNot(const RegistryState& state) = 0;
};

/// How "issued_by" of a state begins that a guardrail decided; the instance's
/// name follows.
inline constexpr std::string_view kGuardrailIssuer = "guardrail/";

/// A guardrail has taken a version out here; the registry is to follow.
struct RollbackDecision {
  ChangeRequest request;
  /// Throws AnswerIsNo when the version is out already: somebody else decided.
  StateChange change;
  ModelReference model;
  Variant variant = Variant::kCanary;
};

/// Follows a service's messages in the registry: loads what they ask for,
/// checks it and puts it into the model table, or refuses and says why; watches
/// guardrails and takes back what breaks them.
///
/// A state is served whole or not at all. What fails to be read now (store
/// away) is tried again until a newer state is served. The version before stays
/// loaded, so that going back needs neither store nor disk.
///
/// Threads: Gather(), Start(), Handle() and Retry() on one thread, which may be
/// kept
///          busy by a download; Watch(), Status(), TakeDecisions() and the
///          questions from any other.
class Rollout {
 public:
  struct Options {
    std::string service;
    std::string instance;
    RegistryTopics topics;
    ArtifactSources sources;
    std::string last_good;  ///< a folder
  };
  /// All references must outlive it.
  Rollout(Options options, ModelTable& table, ServiceMetrics& metrics,
          RolloutListener& listener, const Clock& clock);

  /// A record of the topic that is still being read to its end. The valid
  /// states of highest sequence are kept, a few.
  void Gather(const LogRecord& record);
  /// All has been gathered: the newest state that can be served is; else what
  /// was remembered on disk.
  void Start();
  /// The registry has nothing that can be served, or cannot be read (yet):
  /// serves what was remembered on disk.
  /// Answers whether there is something.
  bool StartFromLastGood();

  /// The next record of the topic.
  void Handle(const LogRecord& record);
  /// Now and then: tries again what could not be read or written.
  void Retry();

  /// Syncs the disk now rather than in a quiet moment.
  void Sync();

  /// Judges the guardrails and frees models that nobody uses any more; every
  /// 20 ms.
  void Watch();

  /// Decisions that the registry has to be told of. Each is to be tried until
  /// it is made or refused, then to be Settled().
  std::vector<RollbackDecision> TakeDecisions();
  /// The registry's state of `sequence`, or one before it, has it out.
  void Settled(const RollbackDecision& decision, std::uint64_t sequence);

  /// As it is now, for the heartbeat.
  InstanceStatus Status() const;
  /// `kGone` for the end.
  InstanceStatus Farewell() const;

  /// The registry's state that is served, also what a guardrail took out of it.
  std::optional<RegistryState> Served() const;
  /// Its sequence; 0: none.
  std::uint64_t sequence() const;
  /// Empty when a champion is served.
  std::string NotReadyReason() const;

 private:
  struct Role {
    ModelReference model;
    Variant variant = Variant::kChampion;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy sees the default's 0.
    friend auto operator<=>(const Role&, const Role&) = default;
  };
  /// Of a version that is taken out while the registry does not know it yet.
  static constexpr std::uint64_t kUndecided = UINT64_MAX;

  using LoadedModels = std::map<ModelReference, LoadedModelPtr>;
  struct Attempt {
    RegistryState state;
    SteadyTime received;
    bool again = false;  ///< tried before
  };
  enum class Outcome : std::uint8_t { kServed, kRefused, kUnreadable };

  std::optional<RegistryState> Read(const LogRecord& record);
  /// Above what is served; what is served from disk may come again.
  bool IsNew(const RegistryState& state) const;
  void Fault(const MessageError& error);
  Outcome Apply(const Attempt& attempt);
  /// `again`: it may be mended, so Retry() is to look.
  Outcome Refuse(const Attempt& attempt, const std::string& why, Outcome how,
                 bool again);
  /// What a state needs, loaded.
  struct Loaded {
    LoadedModels models;
    std::string champion_bytes;  ///< when it was fetched for this
    std::string left_out;        ///< challengers, and why
  };
  /// Leaves challengers that do not load out of a state that goes to a champion
  /// which is there already: nothing may stand in a rollback's way.
  Loaded LoadAll(RegistryState& state) const;
  bool IsLoaded(const ModelReference& model) const;
  LoadedModelPtr Find(const ModelReference& model,
                      const std::string& sha256) const;
  void Check(const RegistryState& state, const LoadedModels& models) const;
  /// What a new model has to be compatible with; nullptr: with nothing.
  LoadedModelPtr Running() const;
  /// Empty, or why the state could not be remembered; then Retry() tries again.
  std::string Remember(const RegistryState& state, const std::string& bytes);
  void RememberAgain();
  void LoadPrevious();

  /// How long it took from the message on, in microseconds.
  std::int64_t Exchange(const Attempt& attempt, LoadedModels models);
  // Those below run with the mutex held.
  void SetTable(const RegistryState& state);
  /// The state without what is taken out.
  RegistryState Effective(const RegistryState& state) const;
  ModelSetPtr MakeSet(const RegistryState& state) const;
  ServedModel Serve(const ModelReference& model, Variant variant,
                    const ModelSet* before) const;
  std::optional<Guard::Probation> ProbationOf(const RegistryState& state) const;
  InstanceStatus MakeStatus() const;
  bool TakeOut(const Trip& trip);
  RollbackDecision Decide(const Trip& trip) const;

  void Say(InstanceState state, std::uint64_t sequence, std::string detail,
           std::optional<std::int64_t> swap_us);
  /// Once in a while for the same text.
  void LogOnce(const std::string& text);

  Options options_;
  ModelLoader loader_;
  LastGood last_good_;
  ModelTable& table_;
  ServiceMetrics& metrics_;
  RolloutListener& listener_;
  const Clock& clock_;

  // Of the thread that handles messages.
  std::vector<RegistryState> gathered_;  ///< falling sequence
  std::optional<Attempt> unreadable_;    ///< to be tried again
  SteadyTime next_try_{};
  std::optional<RegistryState> unremembered_;
  std::optional<RegistryState> unsynced_;
  SteadyTime next_sync_{};
  SteadyTime next_memory_{};
  SteadyTime next_previous_{};
  std::map<std::string, SteadyTime> logged_;

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::optional<RegistryState> served_;
  LoadedModels loaded_;  ///< served ones and the previous champion
  std::vector<double> score_edges_;
  Guard guard_;
  /// Taken out by a guardrail: until a state of that sequence is served.
  std::map<Role, std::uint64_t> taken_out_;
  std::vector<RollbackDecision> decisions_;
  /// Before the first state: alive, with nothing to refuse.
  InstanceState said_ = InstanceState::kVerified;
  std::uint64_t said_sequence_ = 0;
  std::string said_detail_ = "nothing has been served yet";
  std::optional<std::int64_t> said_swap_us_;
  bool from_last_good_ = false;
};

}  // namespace tidemill
