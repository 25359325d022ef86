#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemill/config/service_config.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/registry_log.h"
#include "tidemill/core/registry_state.h"
#include "tidemill/rollout/registry_change.h"
#include "tidemill/training/trainer.h"

namespace tidemill {

/// What a demo trains on, made by the simulator.
struct DemoTraining {
  std::uint64_t rows = 20'000;
  std::uint64_t seed = 1;
  std::size_t folds = 0;
  std::vector<std::string> drifts;
};
TrainingResult TrainDemoModel(const std::string& service,
                              const DemoTraining& training, Progress& progress);

/// The demo's operator and the one who watches: registers and deploys versions
/// as `tidemill registry` does, and reads back what became of it.
///
/// Version 2 comes as a canary at 3/10 of the time and is promoted at 5/10;
/// version 3, trained on a broken extract, comes as a canary at 65/100, and a
/// guardrail is to take it back. Later steps wait for earlier ones.
/// Threads: one at a time; trains on one of its own.
class DemoRollout {
 public:
  DemoRollout(const ServiceConfig& config, double seconds);
  DemoRollout(const DemoRollout&) = delete;
  DemoRollout& operator=(const DemoRollout&) = delete;

  /// Registers the artifact as version 1 and makes it champion.
  void DeployFirst(const std::string& artifact);
  /// Trains versions 2 and 3 beside what goes on.
  void TrainOthers();

  /// Does what is due; answers lines that tell of it.
  std::vector<std::string> Play(double seconds);

  /// All of the story has happened.
  bool finished() const { return step_ == Step::kDone; }
  /// Of the registry's state that was read last.
  std::string champion() const;

 private:
  enum class Step : std::uint8_t {
    kCanary,    ///< version 2 is to become a canary
    kPromote,   ///< and then champion
    kBad,       ///< version 3 is to become a canary
    kRollback,  ///< a guardrail is to take it back
    kDone,
  };

  ArtifactReference Register(const std::string& artifact);
  RegistryState Change(const std::string& verb, const ModelReference& subject,
                       const std::string& reason, const StateChange& change);
  ChangeRequest RequestFor(const std::string& verb) const;
  std::string PlayStep();
  void AddCanary(const std::string& artifact, double percent,
                 const std::string& reason, std::string& line);
  void ReadLog();
  bool Trained(std::future<std::string>& artifact) const;

  ServiceConfig config_;
  double seconds_;
  SystemClock clock_;
  RegistryTopics topics_;
  std::unique_ptr<LogReader> log_;
  std::optional<RegistryState> state_;
  std::optional<AuditRecord> rollback_;
  Step step_ = Step::kCanary;
  std::future<std::string> good_;
  std::future<std::string> bad_;
};

}  // namespace tidemill
