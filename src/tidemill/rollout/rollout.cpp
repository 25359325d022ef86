#include "tidemill/rollout/rollout.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "tidemill/core/errors.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/rollout/schema_compatibility.h"

namespace tidemill {
namespace {

constexpr std::chrono::seconds kRetryEvery{10};
constexpr std::chrono::seconds kLogEvery{10};
/// A sync stalls whoever writes to the same disk, a broker perhaps, for tens of
/// milliseconds (benchmarks/swap): not beside a swap.
constexpr std::chrono::seconds kQuiet{10};
constexpr std::size_t kMaxLogged = 256;
/// How far back a start looks for a state that can be served.
constexpr std::size_t kMaxGathered = 8;

RegistryMessage ResultOf(MessageFault fault) {
  switch (fault) {
    case MessageFault::kTooLarge:
      return RegistryMessage::kTooLarge;
    case MessageFault::kNotJson:
      return RegistryMessage::kNotJson;
    case MessageFault::kUnknownSchema:
      return RegistryMessage::kUnknownSchema;
    case MessageFault::kInvalid:
      break;
  }
  return RegistryMessage::kInvalid;
}

}  // namespace

Rollout::Rollout(Options options, ModelTable& table, ServiceMetrics& metrics,
                 RolloutListener& listener, const Clock& clock)
    : options_(std::move(options)),
      loader_(options_.sources),
      last_good_(options_.last_good, options_.service, options_.instance),
      table_(table),
      metrics_(metrics),
      listener_(listener),
      clock_(clock) {}

void Rollout::Gather(const LogRecord& record) {
  std::optional<RegistryState> state = Read(record);
  if (!state) return;
  const auto place = std::find_if(gathered_.begin(), gathered_.end(),
                                  [&](const RegistryState& other) {
                                    return other.sequence <= state->sequence;
                                  });
  // Of two with one sequence the first counts, as it does while following.
  if (place != gathered_.end() && place->sequence == state->sequence) return;
  gathered_.insert(place, *std::move(state));
  if (gathered_.size() > kMaxGathered) gathered_.pop_back();
}

void Rollout::Start() {
  const std::vector<RegistryState> states = std::exchange(gathered_, {});
  std::optional<InstanceStatus> newest_refused;
  bool served = false;
  for (const RegistryState& state : states) {
    if (served || !IsNew(state)) break;
    const Outcome outcome =
        Apply({.state = state, .received = clock_.Steady()});
    served = outcome == Outcome::kServed;
    if (!served && !newest_refused) newest_refused = Status();
    // A store that is away is asked once, not for every state.
    if (outcome == Outcome::kUnreadable &&
        (table_.current() != nullptr || StartFromLastGood())) {
      break;
    }
  }
  if (!served && table_.current() == nullptr) StartFromLastGood();
  if (!newest_refused) return;
  // Whoever waits for the newest state wants to hear of that one.
  std::string detail = newest_refused->detail;
  if (table_.current() != nullptr) {
    detail += fmt::format("; meanwhile serving sequence {}{}", sequence(),
                          served ? "" : " from the last-good state on disk");
  }
  Say(InstanceState::kRejected, newest_refused->sequence, std::move(detail),
      std::nullopt);
}

bool Rollout::IsNew(const RegistryState& state) const {
  const std::lock_guard lock(mutex_);
  if (!served_) return true;
  return from_last_good_ ? state.sequence >= served_->sequence
                         : state.sequence > served_->sequence;
}

bool Rollout::StartFromLastGood() {
  try {
    const std::optional<LastGood::Remembered> known = last_good_.Recall();
    if (!known) return false;
    RegistryState state = known->state;
    state.challengers.clear();
    state.previous.reset();
    const ArtifactReference& champion = *state.champion;
    LoadedModels models;
    models[champion.model] = ModelLoader::Load(champion, known->champion_bytes);
    spdlog::warn("serving {} of sequence {} from the last-good state on disk",
                 ToText(champion.model), state.sequence);
    const std::uint64_t sequence = state.sequence;
    const std::int64_t swap_us =
        Exchange({.state = std::move(state), .received = clock_.Steady()},
                 std::move(models));
    {
      const std::lock_guard lock(mutex_);
      from_last_good_ = true;
    }
    metrics_.rollout().SetLastGood(true);
    Say(InstanceState::kActive, sequence,
        "served from the last-good state on disk", swap_us);
    return true;
  } catch (const std::exception& error) {
    LogOnce(fmt::format("the last-good state: {}", error.what()));
  }
  return false;
}

void Rollout::Handle(const LogRecord& record) {
  const SteadyTime received = clock_.Steady();
  std::optional<RegistryState> state = Read(record);
  if (!state) return;
  if (!IsNew(*state)) {
    metrics_.rollout().CountMessage(RegistryMessage::kStale);
    LogOnce(
        fmt::format("registry state {} is not above {}, which is served: "
                    "ignored (was the topic made anew?)",
                    state->sequence, sequence()));
    return;
  }
  Apply({.state = *std::move(state), .received = received});
}

void Rollout::Retry() {
  RememberAgain();
  if (unsynced_ && clock_.Steady() >= next_sync_) Sync();
  if (clock_.Steady() >= next_previous_) LoadPrevious();
  if (!unreadable_ || clock_.Steady() < next_try_) return;
  Attempt attempt = *std::exchange(unreadable_, std::nullopt);
  attempt.again = true;
  if (IsNew(attempt.state)) Apply(attempt);
}

std::optional<RegistryState> Rollout::Read(const LogRecord& record) {
  if (record.topic != options_.topics.state || !record.key ||
      *record.key != options_.service) {
    return std::nullopt;
  }
  try {
    if (!record.value) {
      throw MessageError(MessageFault::kInvalid,
                         "the message: expected a state, got a tombstone");
    }
    ParsedMessage<RegistryState> parsed =
        ParseRegistryState(*record.value, options_.service);
    metrics_.rollout().CountUnknownKeys(parsed.unknown_keys);
    return std::move(parsed.message);
  } catch (const MessageError& error) {
    Fault(error);
  }
  return std::nullopt;
}

/// It has no sequence that can be believed, so it is answered beside the
/// status that stands, not instead of it.
void Rollout::Fault(const MessageError& error) {
  metrics_.rollout().CountMessage(ResultOf(error.fault()));
  LogOnce(fmt::format("registry message refused: {}", error.what()));
  InstanceStatus status = Status();
  const InstanceStatus standing = status;
  status.sequence = 0;
  status.state = InstanceState::kRejected;
  status.detail = error.what();
  status.swap_us.reset();
  listener_.OnStatus(status, true);
  listener_.OnStatus(standing, false);
}

Rollout::Outcome Rollout::Apply(const Attempt& attempt) try {
  RegistryState state = attempt.state;
  if (!state.champion) {
    throw ArtifactError(
        {.where = "champion", .expected = "a model to serve", .got = "none"});
  }
  // One that is loaded already must not hang on a disk or a store.
  const bool known = IsLoaded(state.champion->model);
  const bool serving = table_.current() != nullptr;
  Loaded loaded = LoadAll(state);
  Check(state, loaded.models);
  if (const std::string why = listener_.WhyNot(state); !why.empty()) {
    return Refuse(attempt, why, Outcome::kRefused, true);
  }
  std::string trouble;
  if (serving && !known) {
    trouble = Remember(state, loaded.champion_bytes);
    if (!trouble.empty()) {
      return Refuse(attempt, trouble, Outcome::kUnreadable, true);
    }
  }
  Say(InstanceState::kVerified, state.sequence, "", std::nullopt);
  const std::int64_t swap_us = Exchange(
      {.state = state, .received = attempt.received}, std::move(loaded.models));
  if (!serving || known) trouble = Remember(state, loaded.champion_bytes);
  if (unreadable_ && unreadable_->state.sequence <= state.sequence) {
    unreadable_.reset();
  }
  metrics_.rollout().CountMessage(RegistryMessage::kApplied);
  metrics_.rollout().SetLastGood(false);
  spdlog::info(
      "serving sequence {}: champion {}, {} challengers, {} us after "
      "the message",
      state.sequence, ToText(state.champion->model), state.challengers.size(),
      swap_us);
  const bool by_guardrail = state.issued_by.starts_with(kGuardrailIssuer);
  std::string detail = by_guardrail ? state.reason : "";
  for (const std::string& more : {loaded.left_out, trouble}) {
    if (more.empty()) continue;
    LogOnce(more);
    detail += detail.empty() ? more : "; " + more;
  }
  Say(by_guardrail ? InstanceState::kRolledBack : InstanceState::kActive,
      state.sequence, detail, swap_us);
  LoadPrevious();
  return Outcome::kServed;
} catch (const IoError& error) {
  return Refuse(attempt, error.what(), Outcome::kUnreadable, true);
} catch (const UnavailableError& error) {
  return Refuse(attempt, error.what(), Outcome::kUnreadable, true);
} catch (const ArtifactMismatch& error) {
  // Somebody may put the right bytes there.
  return Refuse(attempt, error.what(), Outcome::kRefused, true);
} catch (const std::exception& error) {
  return Refuse(attempt, error.what(), Outcome::kRefused, false);
}

Rollout::Outcome Rollout::Refuse(const Attempt& attempt, const std::string& why,
                                 Outcome how, bool again) {
  if (again &&
      (!unreadable_ || unreadable_->state.sequence <= attempt.state.sequence)) {
    unreadable_ = attempt;
    next_try_ = clock_.Steady() + kRetryEvery;
  }
  if (!attempt.again) {
    metrics_.rollout().CountMessage(RegistryMessage::kRefused);
    metrics_.CountSwap(SwapResult::kRejected,
                       clock_.Steady() - attempt.received);
  }
  LogOnce(fmt::format("registry state {} refused: {}", attempt.state.sequence,
                      why));
  Say(InstanceState::kRejected, attempt.state.sequence,
      again ? why + " (will be tried again)" : why, std::nullopt);
  return how;
}

Rollout::Loaded Rollout::LoadAll(RegistryState& state) const {
  Loaded loaded;
  const ArtifactReference& champion = *state.champion;
  LoadedModelPtr model = Find(champion.model, champion.sha256);
  const ModelSetPtr now = table_.current();
  const bool goes_back =
      model != nullptr && now != nullptr && now->champion.model != model;
  if (model == nullptr) {
    loaded.champion_bytes = loader_.Fetch(champion);
    model = ModelLoader::Load(champion, loaded.champion_bytes);
  }
  loaded.models[champion.model] = std::move(model);
  std::erase_if(state.challengers, [&](const Challenger& challenger) {
    const ArtifactReference& artifact = challenger.artifact;
    try {
      LoadedModelPtr found = Find(artifact.model, artifact.sha256);
      if (found == nullptr) found = loader_.Load(artifact);
      loaded.models[artifact.model] = std::move(found);
      return false;
    } catch (const Error& error) {
      if (!goes_back) throw;
      loaded.left_out =
          fmt::format("without {}: {}", ToText(artifact.model), error.what());
      return true;
    }
  });
  return loaded;
}

bool Rollout::IsLoaded(const ModelReference& model) const {
  const std::lock_guard lock(mutex_);
  return loaded_.contains(model) && !from_last_good_;
}

LoadedModelPtr Rollout::Find(const ModelReference& model,
                             const std::string& sha256) const {
  const std::lock_guard lock(mutex_);
  const auto found = loaded_.find(model);
  if (found == loaded_.end()) return nullptr;
  if (found->second->sha256() != sha256) {
    throw ArtifactError({.where = ToText(model) + ".sha256",
                         .expected = found->second->sha256() +
                                     ", as it is loaded (a version never "
                                     "changes)",
                         .got = sha256});
  }
  return found->second;
}

/// What is loaded already was checked when it came.
void Rollout::Check(const RegistryState& state,
                    const LoadedModels& models) const {
  LoadedModelPtr running = Running();
  if (running == nullptr) running = models.at(state.champion->model);
  std::optional<ArtifactReference> previous;
  {
    const std::lock_guard lock(mutex_);
    if (served_) previous = served_->previous;
  }
  for (const auto& [reference, model] : models) {
    const bool known = Find(reference, model->sha256()) != nullptr ||
                       (previous && previous->sha256 == model->sha256());
    if (!known && model->sha256() != running->sha256()) {
      CheckCompatible(*running, *model);
    }
  }
}

/// After a restart that is what ran before it: what a running instance refuses
/// must not come in by a crash.
LoadedModelPtr Rollout::Running() const {
  if (const ModelSetPtr now = table_.current()) return now->champion.model;
  try {
    const std::optional<LastGood::Remembered> known = last_good_.Recall();
    if (!known) return nullptr;
    return ModelLoader::Load(*known->state.champion, known->champion_bytes);
  } catch (const Error& error) {
    spdlog::warn("the last-good state: {}", error.what());
  }
  return nullptr;
}

std::string Rollout::Remember(const RegistryState& state,
                              const std::string& bytes) {
  unremembered_.reset();
  try {
    if (last_good_.Holds(*state.champion)) {
      last_good_.Remember(state);
    } else {
      last_good_.Remember(
          state, bytes.empty() ? loader_.Fetch(*state.champion) : bytes);
    }
    unsynced_ = state;
    next_sync_ = clock_.Steady() + kQuiet;
  } catch (const Error& error) {
    unremembered_ = state;
    next_memory_ = clock_.Steady() + kRetryEvery;
    return fmt::format("the last-good state could not be written: {}",
                       error.what());
  }
  return "";
}

void Rollout::Sync() {
  if (!unsynced_) return;
  try {
    last_good_.Sync(*std::exchange(unsynced_, std::nullopt));
  } catch (const Error& error) {
    LogOnce(fmt::format("the last-good state: {}", error.what()));
  }
}

/// Else a restart without the registry would serve what was left long ago.
void Rollout::RememberAgain() {
  if (!unremembered_ || clock_.Steady() < next_memory_) return;
  const RegistryState state = *unremembered_;
  if (state.sequence != sequence()) {
    unremembered_.reset();  // of a state that was refused for it
    return;
  }
  if (!Remember(state, "").empty()) return;
  const InstanceStatus standing = Status();
  if (standing.sequence == state.sequence) {
    Say(standing.state, standing.sequence, "", standing.swap_us);
  }
}

/// So that going back is only an exchange.
void Rollout::LoadPrevious() {
  std::optional<ArtifactReference> previous;
  {
    const std::lock_guard lock(mutex_);
    if (served_ && !from_last_good_) previous = served_->previous;
    if (!previous || loaded_.contains(previous->model)) return;
  }
  next_previous_ = clock_.Steady() + kRetryEvery;
  try {
    LoadedModelPtr model = loader_.Load(*previous);
    {
      const std::lock_guard lock(mutex_);
      loaded_.emplace(previous->model, std::move(model));
    }
    spdlog::info("{} is loaded too, for a rollback", ToText(previous->model));
  } catch (const std::exception& error) {
    LogOnce(
        fmt::format("the previous version cannot be loaded, so a rollback "
                    "would fail: {}",
                    error.what()));
  }
}

void Rollout::Say(InstanceState state, std::uint64_t sequence,
                  std::string detail, std::optional<std::int64_t> swap_us) {
  InstanceStatus status;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed =
        said_ != state || said_sequence_ != sequence || said_detail_ != detail;
    said_ = state;
    said_sequence_ = sequence;
    said_detail_ = std::move(detail);
    said_swap_us_ = swap_us;
    status = MakeStatus();
  }
  listener_.OnStatus(status, changed);
}

InstanceStatus Rollout::MakeStatus() const {
  InstanceStatus status;
  status.service = options_.service;
  status.instance = options_.instance;
  status.sequence = said_sequence_;
  status.state = said_;
  status.detail = said_detail_;
  status.swap_us = said_swap_us_;
  if (const ModelSetPtr now = table_.current()) {
    status.champion = now->champion.model->reference();
    for (const CanaryModel& canary : now->canaries) {
      status.challengers.push_back(canary.served.model->reference());
    }
    for (const ServedModel& shadow : now->shadows) {
      status.challengers.push_back(shadow.model->reference());
    }
  }
  status.time = UtcText(clock_.Now().time_since_epoch().count());
  return status;
}

InstanceStatus Rollout::Status() const {
  const std::lock_guard lock(mutex_);
  return MakeStatus();
}

InstanceStatus Rollout::Farewell() const {
  InstanceStatus status = Status();
  status.state = InstanceState::kGone;
  status.detail.clear();
  status.swap_us.reset();
  return status;
}

std::optional<RegistryState> Rollout::Served() const {
  const std::lock_guard lock(mutex_);
  return served_;
}

std::uint64_t Rollout::sequence() const {
  const std::lock_guard lock(mutex_);
  return served_ ? served_->sequence : 0;
}

std::string Rollout::NotReadyReason() const {
  if (table_.current() != nullptr) return "";
  const std::lock_guard lock(mutex_);
  if (said_ == InstanceState::kRejected && said_sequence_ > 0) {
    return fmt::format("the registry's state {} cannot be served: {}",
                       said_sequence_, said_detail_);
  }
  return fmt::format("the registry topic {} has no champion for service {}",
                     options_.topics.state, options_.service);
}

void Rollout::LogOnce(const std::string& text) {
  const SteadyTime now = clock_.Steady();
  if (logged_.size() >= kMaxLogged) logged_.clear();
  const auto [place, is_new] = logged_.try_emplace(text, now);
  if (!is_new && now - place->second < kLogEvery) return;
  place->second = now;
  spdlog::warn("{}", text);
}

}  // namespace tidemill
