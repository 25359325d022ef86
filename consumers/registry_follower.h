#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tidemill/config/service_config.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/record_sink.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/kafka/kafka_settings.h"
#include "tidemill/rollout/rollout.h"

namespace tidemill {

/// Joins a rollout to Kafka: reads the registry topic, writes status and audit,
/// and carries guardrails' decisions into the registry.
///
/// It needs neither broker nor topics to start: it keeps trying, and serves
/// what was remembered on disk when the registry cannot be read within
/// kPatience.
/// Threads: three of its own (messages, pulse, decisions); the questions may
///          come from any, Stop() from one.
class RegistryFollower final : private RolloutListener {
 public:
  static constexpr std::chrono::milliseconds kPatience{5000};

  /// `settings` say how to reach the broker. Throws ConfigError.
  RegistryFollower(const ServiceConfig& config, KafkaSettings settings,
                   KafkaEvents events, ModelTable& table,
                   ServiceMetrics& metrics);
  ~RegistryFollower() override;

  /// Empty once a champion is served.
  std::string NotReadyReason() const;

  /// See Rollout.
  std::optional<RegistryState> Served() const { return rollout_.Served(); }
  InstanceStatus Status() const { return rollout_.Status(); }

  /// Ends what is being waited for; Stop() is to follow.
  void RequestStop();
  /// Says goodbye on the status topic, and joins.
  void Stop();

 private:
  struct Message {
    int topic = 0;
    std::string key;
    std::string value;
  };

  void OnStatus(const InstanceStatus& status, bool changed) override;
  void OnEvidence(const AuditRecord& record) override;
  std::string WhyNot(const RegistryState& state) override;

  void Follow();
  void FollowOnce();
  bool AwaitTopics();
  bool ShadowTopicIsThere();
  void ReadToEnd();
  void Pulse();
  bool PulseOnce();
  void SayGoodbye();
  void Send(const Message& message);
  void TakeReports(std::chrono::milliseconds timeout);
  void DecideAll();
  void Carry(const RollbackDecision& decision);
  bool StoppedWithin(std::chrono::milliseconds time);

  ServiceConfig config_;
  KafkaSettings settings_;
  KafkaEvents events_;
  RegistryTopics topics_;
  SystemClock clock_;
  ServiceMetrics& metrics_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                    ///< guarded by mutex_
  std::vector<Message> outbox_;              ///< guarded by mutex_
  std::vector<RollbackDecision> decisions_;  ///< guarded by mutex_
  std::string problem_;                      ///< guarded by mutex_

  std::atomic<bool> cancelled_{false};  ///< ends a download
  Rollout rollout_;
  std::unique_ptr<LogReader> reader_;  ///< of the follower thread
  bool read_to_end_ = false;           ///< the same
  std::unique_ptr<RecordSink> sink_;   ///< of the pulse thread
  int status_topic_ = 0;
  int audit_topic_ = 0;
  std::size_t unreported_ = 0;
  SteadyTime next_beat_{};
  bool sink_open_ = false;
  std::atomic<bool> topics_exist_{false};

  std::thread follower_;
  std::thread pulse_;
  std::thread decider_;
};

}  // namespace tidemill
