// The half of the rollout that changes what is served: exchanges by message,
// and guardrails.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "tidemill/core/errors.h"
#include "tidemill/rollout/rollout.h"
#include "tidemill/rollout/served_model.h"

namespace tidemill {
namespace {

/// An infinite p99 has no JSON.
constexpr double kLargestFinding = 1e9;

std::vector<ModelReference> Answering(const ModelSet* models) {
  std::vector<ModelReference> references;
  const auto add = [&](const ServedModel& served) {
    references.push_back({.model = served.model->manifest().name,
                          .version = served.model->version()});
  };
  if (models == nullptr) return references;
  add(models->champion);
  for (const CanaryModel& canary : models->canaries) add(canary.served);
  for (const ServedModel& shadow : models->shadows) add(shadow);
  return references;
}

std::string TextOf(const Trip& trip) {
  return fmt::format(
      "guardrail {}: {} {} has {:.6g} over the limit of {:.6g}, in {} events "
      "(compared with {})",
      trip.breach.rule, ToText(trip.variant), ToText(trip.model),
      trip.breach.found, trip.breach.limit, trip.breach.events,
      trip.breach.reference_events);
}

Variant VariantOf(const Challenger& challenger) {
  return challenger.mode == ChallengerMode::kCanary ? Variant::kCanary
                                                    : Variant::kShadow;
}

bool IsInRole(const RegistryState& state, const Trip& trip) {
  if (trip.variant == Variant::kChampion) {
    return state.champion && state.champion->model == trip.model;
  }
  return std::any_of(state.challengers.begin(), state.challengers.end(),
                     [&](const Challenger& challenger) {
                       return challenger.artifact.model == trip.model &&
                              VariantOf(challenger) == trip.variant;
                     });
}

/// What the registry is to say once the version is out.
RegistryState Without(const RegistryState& state, const Trip& trip) {
  if (!IsInRole(state, trip)) {
    throw AnswerIsNo(ToText(trip.model) + " is no longer served as " +
                     std::string(ToText(trip.variant)));
  }
  return trip.variant == Variant::kChampion ? Rollback(state)
                                            : Retire(state, trip.model);
}

GuardrailEvidence EvidenceOf(const Trip& trip, const std::string& instance) {
  return {.rule = trip.breach.rule,
          .version = ToText(trip.model),
          .variant = std::string(ToText(trip.variant)),
          .instance = instance,
          .limit = trip.breach.limit,
          .found = std::min(trip.breach.found, kLargestFinding),
          .events = trip.breach.events,
          .reference_events = trip.breach.reference_events};
}

}  // namespace

std::int64_t Rollout::Exchange(const Attempt& attempt, LoadedModels models) {
  LoadedModels no_longer_needed;  // freed after the lock is
  const std::lock_guard lock(mutex_);
  const ModelSetPtr before = table_.current();
  std::erase_if(taken_out_, [&](const auto& entry) {
    return entry.second <= attempt.state.sequence;
  });
  if (score_edges_.empty()) {
    score_edges_ =
        GuardrailScoreEdges(*models.at(attempt.state.champion->model));
  }
  // The previous champion goes on being loaded.
  if (attempt.state.previous) {
    const auto found = loaded_.find(attempt.state.previous->model);
    if (found != loaded_.end()) models.insert(*found);
  }
  no_longer_needed = std::exchange(loaded_, std::move(models));
  SetTable(attempt.state);
  served_ = attempt.state;
  from_last_good_ = false;
  const auto took = clock_.Steady() - attempt.received;
  if (Answering(before.get()) != Answering(table_.current().get())) {
    metrics_.CountSwap(attempt.state.issued_by.starts_with(kGuardrailIssuer)
                           ? SwapResult::kRolledBack
                           : SwapResult::kActivated,
                       took);
  }
  metrics_.rollout().SetSequence(attempt.state.sequence);
  return std::chrono::duration_cast<std::chrono::microseconds>(took).count();
}

void Rollout::SetTable(const RegistryState& state) {
  const RegistryState effective = Effective(state);
  const std::optional<Guard::Probation> probation = ProbationOf(effective);
  const ModelSetPtr next = MakeSet(effective);
  table_.Set(next);
  guard_.Watch(*next, effective.guardrails, probation);
}

RegistryState Rollout::Effective(const RegistryState& state) const {
  RegistryState effective = state;
  std::erase_if(effective.challengers, [&](const Challenger& challenger) {
    return taken_out_.contains(
        {challenger.artifact.model, VariantOf(challenger)});
  });
  if (taken_out_.contains({state.champion->model, Variant::kChampion}) &&
      state.previous && loaded_.contains(state.previous->model)) {
    effective = Rollback(effective);
  }
  return effective;
}

ModelSetPtr Rollout::MakeSet(const RegistryState& state) const {
  const ModelSetPtr before = table_.current();
  auto next = std::make_shared<ModelSet>();
  next->sequence = state.sequence;
  next->champion =
      Serve(state.champion->model, Variant::kChampion, before.get());
  for (const Challenger& challenger : state.challengers) {
    const ModelReference& model = challenger.artifact.model;
    if (challenger.mode == ChallengerMode::kShadow) {
      next->shadows.push_back(Serve(model, Variant::kShadow, before.get()));
      continue;
    }
    next->canaries.push_back(
        {.served = Serve(model, Variant::kCanary, before.get()),
         .share = CanaryShare(challenger.percent, challenger.salt),
         .by = challenger.by});
  }
  return next;
}

/// The same model in the same role keeps its counts.
ServedModel Rollout::Serve(const ModelReference& model, Variant variant,
                           const ModelSet* before) const {
  const LoadedModelPtr& loaded = loaded_.at(model);
  if (before != nullptr) {
    const auto is_same = [&](const ServedModel& served) {
      return served.model == loaded && served.variant == variant;
    };
    if (is_same(before->champion)) return before->champion;
    for (const CanaryModel& canary : before->canaries) {
      if (is_same(canary.served)) return canary.served;
    }
    for (const ServedModel& shadow : before->shadows) {
      if (is_same(shadow)) return shadow;
    }
  }
  return MakeServedModel(loaded, variant, score_edges_, metrics_, clock_.Now());
}

std::optional<Guard::Probation> Rollout::ProbationOf(
    const RegistryState& state) const {
  if (!state.guardrails || !state.previous) return std::nullopt;
  const ModelSetPtr before = table_.current();
  // Started anew: there is nothing to compare it with.
  if (before == nullptr) return std::nullopt;
  const ModelReference was{.model = before->champion.model->manifest().name,
                           .version = before->champion.model->version()};
  if (was == state.champion->model) return guard_.probation();
  return Guard::Probation{.since = clock_.Steady(),
                          .reference = before->champion.counts->Read()};
}

void Rollout::Watch() {
  std::vector<Trip> trips;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    if (served_) trips = guard_.Check(clock_.Steady());
    for (const Trip& trip : trips) changed = TakeOut(trip) || changed;
  }
  for (const Trip& trip : trips) {
    metrics_.rollout().CountBreach(trip.breach.rule);
    spdlog::warn("{}", TextOf(trip));
  }
  if (changed) listener_.OnStatus(Status(), true);
  table_.Collect();
}

/// The harm is stopped here and now; the registry is told next, so that the
/// other instances and the next start follow. Answers whether the table has
/// changed: a champion whose previous version is not loaded waits for the
/// registry's state.
bool Rollout::TakeOut(const Trip& trip) {
  if (!served_->guardrails->rolls_back) {
    AuditRecord record;
    record.verb = "breach";
    record.subject = ToText(trip.model);
    record.status = MakeStatus();
    record.evidence = EvidenceOf(trip, options_.instance);
    listener_.OnEvidence(record);
    return false;
  }
  const Role role{trip.model, trip.variant};
  if (!taken_out_.try_emplace(role, kUndecided).second) return false;
  decisions_.push_back(Decide(trip));
  const SteadyTime start = clock_.Steady();
  const ModelSetPtr before = table_.current();
  SetTable(*served_);
  if (Answering(before.get()) == Answering(table_.current().get())) {
    return false;
  }
  metrics_.CountSwap(SwapResult::kRolledBack, clock_.Steady() - start);
  said_ = InstanceState::kRolledBack;
  said_sequence_ = served_->sequence;
  said_detail_ = TextOf(trip);
  said_swap_us_.reset();
  return true;
}

RollbackDecision Rollout::Decide(const Trip& trip) const {
  RollbackDecision decision;
  decision.model = trip.model;
  decision.variant = trip.variant;
  decision.request.topics = options_.topics;
  decision.request.service = options_.service;
  decision.request.verb = "rollback";
  decision.request.subject = ToText(trip.model);
  decision.request.reason = TextOf(trip);
  decision.request.issued_by =
      std::string(kGuardrailIssuer) + options_.instance;
  decision.request.evidence = EvidenceOf(trip, options_.instance);
  decision.change = [trip](const RegistryView& view) {
    if (!view.state) throw AnswerIsNo("the registry has no state any more");
    return Without(*view.state, trip);
  };
  return decision;
}

std::vector<RollbackDecision> Rollout::TakeDecisions() {
  const std::lock_guard lock(mutex_);
  return std::exchange(decisions_, {});
}

void Rollout::Settled(const RollbackDecision& decision,
                      std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  const auto role = taken_out_.find({decision.model, decision.variant});
  if (role != taken_out_.end()) role->second = sequence;
  const std::uint64_t own = served_ ? served_->sequence : 0;
  std::erase_if(taken_out_,
                [own](const auto& entry) { return entry.second <= own; });
}

}  // namespace tidemill
