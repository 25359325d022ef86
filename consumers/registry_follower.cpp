#include "consumers/registry_follower.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "consumers/background_thread.h"
#include "tidemill/cli/registry_retention.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/kafka/topics.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBrokerTimeout{3000};
constexpr milliseconds kRetry{1000};
constexpr milliseconds kShortTimeout{200};
constexpr milliseconds kPoll{100};
constexpr milliseconds kPulse{20};
constexpr milliseconds kHeartbeat{2000};
/// Heartbeats that nobody takes are not piled up.
constexpr std::size_t kMaxUnreported = 1000;
constexpr milliseconds kFarewell{800};
/// Of each part of a decision: a stop waits for it.
constexpr milliseconds kDecisionTimeout{1300};
/// Two instances that decide at once fence each other once, not for ever.
constexpr milliseconds kConflictPause{100};

Rollout::Options OptionsOf(const ServiceConfig& config,
                           const std::atomic<bool>& cancel) {
  return {.service = config.service,
          .instance = config.instance,
          .topics = RegistryTopics::Of(config.registry.topic),
          .sources = {.store = config.registry.store,
                      .allowed = config.registry.allowed,
                      .cancel = &cancel},
          .last_good = config.registry.last_good.string()};
}

}  // namespace

RegistryFollower::RegistryFollower(const ServiceConfig& config,
                                   KafkaSettings settings, KafkaEvents events,
                                   ModelTable& table, ServiceMetrics& metrics)
    : config_(config),
      settings_(std::move(settings)),
      events_(std::move(events)),
      topics_(RegistryTopics::Of(config.registry.topic)),
      metrics_(metrics),
      problem_("the registry has not been read yet"),
      rollout_(OptionsOf(config, cancelled_), table, metrics, *this, clock_),
      reader_(std::make_unique<KafkaLogReader>(
          settings_, std::vector{topics_.state}, events_)),
      sink_(std::make_unique<KafkaSink>(settings_, nullptr, events_)) {
  follower_ = std::thread([this] {
    YieldToWorkers();
    Follow();
  });
  pulse_ = std::thread([this] {
    YieldToWorkers();
    Pulse();
  });
  decider_ = std::thread([this] {
    YieldToWorkers();
    DecideAll();
  });
}

RegistryFollower::~RegistryFollower() { Stop(); }

void RegistryFollower::RequestStop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancelled_.store(true);
  wake_.notify_all();
}

void RegistryFollower::Stop() {
  RequestStop();
  for (std::thread* thread : {&follower_, &decider_, &pulse_}) {
    if (thread->joinable()) thread->join();
  }
}

std::string RegistryFollower::NotReadyReason() const {
  const std::string reason = rollout_.NotReadyReason();
  if (reason.empty()) return "";
  const std::lock_guard lock(mutex_);
  return problem_.empty() ? reason : problem_;
}

bool RegistryFollower::StoppedWithin(milliseconds time) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, time, [this] { return stopping_; });
}

void RegistryFollower::Follow() {
  while (!StoppedWithin(milliseconds(0))) {
    try {
      FollowOnce();
    } catch (const std::exception& error) {
      // Out of memory, say: what is served goes on.
      spdlog::error("the registry is followed again: {}", error.what());
      if (StoppedWithin(kRetry)) break;
    }
  }
  rollout_.Sync();
}

void RegistryFollower::FollowOnce() {
  if (!topics_exist_.load() && !AwaitTopics()) return;
  if (!read_to_end_) {
    ReadToEnd();
    if (read_to_end_) WarnOfRetention(settings_, topics_.state);
  }
  while (!StoppedWithin(milliseconds(0))) {
    for (const LogRecord& record : reader_->Poll(kPoll)) {
      rollout_.Handle(record);
    }
    rollout_.Retry();
  }
}

bool RegistryFollower::AwaitTopics() {
  const SteadyTime patience = clock_.Steady() + kPatience;
  bool recalled = false;
  while (true) {
    const auto left =
        std::chrono::ceil<milliseconds>(patience - clock_.Steady());
    const milliseconds timeout =
        recalled ? kBrokerTimeout
                 : std::clamp(left, kShortTimeout, kBrokerTimeout);
    try {
      EnsureRegistryTopics(settings_, topics_.state, topics_.status,
                           topics_.audit, timeout);
      topics_exist_.store(true);
      return true;
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      problem_ = error.what();
    }
    if (!recalled && clock_.Steady() >= patience) {
      recalled = true;
      rollout_.StartFromLastGood();
    }
    if (StoppedWithin(recalled ? kRetry : kShortTimeout)) return false;
  }
}

/// What is there decides what is served first: the newest state that can be.
void RegistryFollower::ReadToEnd() {
  const SteadyTime patience = clock_.Steady() + kPatience;
  bool recalled = false;
  while (!reader_->at_end()) {
    if (StoppedWithin(milliseconds(0))) return;
    for (const LogRecord& record : reader_->Poll(kPoll)) {
      rollout_.Gather(record);
    }
    if (!recalled && clock_.Steady() > patience) {
      recalled = true;
      if (rollout_.sequence() == 0) rollout_.StartFromLastGood();
    }
  }
  read_to_end_ = true;
  rollout_.Start();
  metrics_.rollout().SetConnected(true);
  const std::lock_guard lock(mutex_);
  problem_.clear();
}

void RegistryFollower::OnStatus(const InstanceStatus& status, bool changed) {
  const std::string key = status.service + "/" + status.instance;
  {
    const std::lock_guard lock(mutex_);
    outbox_.push_back({0, key, ToJson(status)});
    if (changed) {
      AuditRecord record;
      record.verb = "status";
      record.status = status;
      outbox_.push_back({1, key, ToJson(record)});
    }
  }
  wake_.notify_all();
}

void RegistryFollower::OnEvidence(const AuditRecord& record) {
  {
    const std::lock_guard lock(mutex_);
    outbox_.push_back({1, config_.service, ToJson(record)});
  }
  wake_.notify_all();
}

/// A shadow's results need a topic of their own.
std::string RegistryFollower::WhyNot(const RegistryState& state) {
  const bool shadows =
      std::any_of(state.challengers.begin(), state.challengers.end(),
                  [](const Challenger& challenger) {
                    return challenger.mode == ChallengerMode::kShadow;
                  });
  if (!shadows || ShadowTopicIsThere()) return "";
  return "topic " + config_.topics.predictions +
         ".shadow: expected it to exist for a shadow's results, got none "
         "(create it, or set topics.create: true)";
}

bool RegistryFollower::ShadowTopicIsThere() {
  const std::string name = config_.topics.predictions + ".shadow";
  try {
    return DescribeTopics(settings_, std::vector{name}, kBrokerTimeout)
        .at(0)
        .exists;
  } catch (const UnavailableError& error) {
    // Not for a broker that is away: results are then counted as failed.
    spdlog::warn("{}: {}", name, error.what());
    return true;
  }
}

void RegistryFollower::Pulse() {
  next_beat_ = clock_.Steady();
  while (true) {
    try {
      if (!PulseOnce()) break;
    } catch (const std::exception& error) {
      spdlog::error("the rollout's pulse goes on: {}", error.what());
      if (StoppedWithin(kRetry)) break;
    }
  }
  if (sink_open_) SayGoodbye();
}

/// False once it is to stop.
bool RegistryFollower::PulseOnce() {
  std::vector<Message> messages;
  bool stopping = false;
  {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kPulse, [this] {
      return stopping_ || (topics_exist_.load() && !outbox_.empty());
    });
    stopping = stopping_;
    if (topics_exist_.load()) messages = std::exchange(outbox_, {});
  }
  rollout_.Watch();
  std::vector<RollbackDecision> decisions = rollout_.TakeDecisions();
  if (!decisions.empty()) {
    const std::lock_guard lock(mutex_);
    std::move(decisions.begin(), decisions.end(),
              std::back_inserter(decisions_));
    wake_.notify_all();
  }
  if (!topics_exist_.load()) return !stopping;
  if (!std::exchange(sink_open_, true)) {
    status_topic_ = sink_->OpenTopic(topics_.status);
    audit_topic_ = sink_->OpenTopic(topics_.audit);
  }
  for (const Message& message : messages) Send(message);
  if (clock_.Steady() >= next_beat_ && unreported_ < kMaxUnreported) {
    next_beat_ = clock_.Steady() + kHeartbeat;
    const InstanceStatus status = rollout_.Status();
    Send({0, status.service + "/" + status.instance, ToJson(status)});
  }
  TakeReports(milliseconds(0));
  return !stopping;
}

void RegistryFollower::TakeReports(milliseconds timeout) {
  for (const Delivery& report : sink_->Poll(timeout)) {
    --unreported_;
    if (report.status != DeliveryStatus::kDelivered) {
      spdlog::warn("a status or audit message was not delivered");
    }
  }
}

void RegistryFollower::SayGoodbye() {
  OnStatus(rollout_.Farewell(), true);
  std::vector<Message> messages;
  {
    const std::lock_guard lock(mutex_);
    messages = std::exchange(outbox_, {});
  }
  for (const Message& message : messages) Send(message);
  const SteadyTime end = clock_.Steady() + kFarewell;
  sink_->Hurry();
  while (unreported_ > 0 && clock_.Steady() < end) {
    TakeReports(milliseconds(20));
  }
}

void RegistryFollower::Send(const Message& message) {
  OutRecord record;
  record.topic = message.topic == 0 ? status_topic_ : audit_topic_;
  record.key = message.key;
  record.value = message.value;
  if (sink_->Produce(record) == ProduceResult::kQueued) {
    ++unreported_;
  } else {
    spdlog::warn("a status message could not be sent: {}", message.value);
  }
}

void RegistryFollower::DecideAll() {
  while (true) {
    std::vector<RollbackDecision> decisions;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !decisions_.empty(); });
      if (stopping_) return;
      decisions = std::exchange(decisions_, {});
    }
    for (const RollbackDecision& decision : decisions) Carry(decision);
  }
}

/// Until it is made, or somebody else has made it.
void RegistryFollower::Carry(const RollbackDecision& decision) {
  ChangeRequest request = decision.request;
  request.timeout = kDecisionTimeout;
  KafkaSettings settings = settings_;
  settings.transactional_id = RegistryTransactionalId(config_.service);
  // The end is told by an empty answer, which others wait for.
  settings.consumer.emplace_back("fetch.wait.max.ms", "5");
  std::uint64_t seen = 0;
  const StateChange change = [&](const RegistryView& view) {
    seen = view.sequence();
    return decision.change(view);
  };
  while (!StoppedWithin(milliseconds(0))) {
    try {
      KafkaLogWriter writer(settings, kDecisionTimeout, events_);
      KafkaSettings reading = settings;
      reading.transactional_id.reset();
      KafkaLogReader reader(reading, {topics_.state}, events_);
      const RegistryState state =
          ChangeState(writer, reader, request, change, clock_);
      spdlog::warn("sequence {} rolls {} back", state.sequence,
                   ToText(decision.model));
      rollout_.Settled(decision, state.sequence);
      return;
    } catch (const AnswerIsNo& error) {
      spdlog::info("no rollback is needed: {}", error.what());
      rollout_.Settled(decision, seen);
      return;
    } catch (const TryAgainError& error) {
      spdlog::info("the rollback is tried again: {}", error.what());
      if (StoppedWithin(kConflictPause)) return;
    } catch (const std::exception& error) {
      spdlog::warn("the rollback is tried again: {}", error.what());
      if (StoppedWithin(kRetry)) return;
    }
  }
}

}  // namespace tidemill
