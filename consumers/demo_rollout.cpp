#include "consumers/demo_rollout.h"

#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "consumers/demo_configs.h"
#include "tidemill/config/training_config.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/timestamp.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/model/digest.h"
#include "tidemill/rollout/artifact_store.h"
#include "tidemill/scoring/loaded_model.h"
#include "tidemill/simulation/publisher.h"
#include "tidemill/simulation/simulator.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRegistryTimeout{5000};
constexpr double kGoodPercent = 20.0;
constexpr double kBadPercent = 40.0;
/// When the steps are due, as shares of the whole time.
constexpr double kCanaryAt = 0.30;
constexpr double kPromoteAt = 0.50;
constexpr double kBadAt = 0.65;
constexpr std::uint64_t kJudgedEvents = 200;
constexpr double kMaxScorePsi = 0.25;

constexpr const char* kIssuer = "tidemill demo";

KafkaSettings SettingsOf(const ServiceConfig& config) {
  KafkaSettings settings;
  settings.bootstrap = config.kafka.bootstrap;
  settings.client_id = "tidemill-demo-registry";
  return settings;
}

KafkaSettings WriterSettingsOf(const ServiceConfig& config) {
  KafkaSettings settings = SettingsOf(config);
  settings.transactional_id = RegistryTransactionalId(config.service);
  return settings;
}

/// For one change.
struct RegistryClients {
  explicit RegistryClients(const ServiceConfig& config)
      : writer(WriterSettingsOf(config), kRegistryTimeout, KafkaEvents{}),
        reader(SettingsOf(config),
               {RegistryTopics::Of(config.registry.topic).state},
               KafkaEvents{}) {}
  KafkaLogWriter writer;
  KafkaLogReader reader;
};

/// What was wrong with the rows that version 3 learned from.
struct Breakage {
  const char* drift;
  const char* story;
};
Breakage BreakageOf(const std::string& service) {
  if (service == "churn") {
    return {"churn_odds=*30",
            "trained on an extract that lost the customers who stay"};
  }
  return {"traffic=*4", "trained on an extract with durations four times over"};
}

}  // namespace

TrainingResult TrainDemoModel(const std::string& service,
                              const DemoTraining& training,
                              Progress& progress) {
  SimulatorOptions simulation;
  simulation.seed = training.seed;
  simulation.drifts = training.drifts;
  const auto simulator = MakeSimulator(service, simulation);
  std::ostringstream rows;
  WriteRows(*simulator, training.rows, rows, RowFormat::kJsonLines, true);
  const char* text =
      service == "churn" ? kChurnTrainingConfig : kTaxiTrainingConfig;
  const TrainingConfig config =
      ReadTrainingConfig(ParseYaml(text, "config/" + service + ".train.yaml"));
  return TrainModel(
      config, std::vector<DataFile>{{.name = "simulated", .bytes = rows.str()}},
      {.folds = training.folds}, progress);
}

DemoRollout::DemoRollout(const ServiceConfig& config, double seconds)
    : config_(config),
      seconds_(seconds),
      topics_(RegistryTopics::Of(config.registry.topic)) {
  log_ = std::make_unique<KafkaLogReader>(
      SettingsOf(config_), std::vector{topics_.state, topics_.audit},
      KafkaEvents{});
}

void DemoRollout::DeployFirst(const std::string& artifact) {
  const ArtifactReference first = Register(artifact);
  Change("deploy", first.model, "the first version",
         [&](const RegistryView& view) {
           RegistryState state = view.state.value_or(RegistryState{});
           state.service = config_.service;
           return Deploy(state, first);
         });
}

void DemoRollout::TrainOthers() {
  const auto train = [service = config_.service](const DemoTraining& training) {
    NoProgress silent;
    return TrainDemoModel(service, training, silent).artifact;
  };
  good_ = std::async(std::launch::async, train,
                     DemoTraining{.rows = 10'000, .seed = 3, .drifts = {}});
  bad_ =
      std::async(std::launch::async, train,
                 DemoTraining{.rows = 5'000,
                              .seed = 4,
                              .drifts = {BreakageOf(config_.service).drift}});
}

ArtifactReference DemoRollout::Register(const std::string& artifact) {
  const std::string name =
      LoadArtifact(artifact, "the model just trained", 0)->manifest().name;
  VersionRecord record;
  record.service = config_.service;
  record.artifact.uri = StoreArtifact(config_.registry.store, artifact);
  record.artifact.sha256 = ToHex(Sha256(artifact));
  record.artifact.size = artifact.size();
  record.created = UtcText(clock_.Now().time_since_epoch().count());
  record.created_by = kIssuer;
  RegistryClients clients(config_);
  return AddVersion(
             clients.writer, clients.reader, RequestFor("add"),
             [&](const RegistryView& view) {
               record.artifact.model = {.model = name,
                                        .version = NextVersion(view, name)};
               return record;
             },
             clock_)
      .artifact;
}

RegistryState DemoRollout::Change(const std::string& verb,
                                  const ModelReference& subject,
                                  const std::string& reason,
                                  const StateChange& change) {
  RegistryClients clients(config_);
  ChangeRequest request = RequestFor(verb);
  request.subject = ToText(subject);
  request.reason = reason;
  state_ = ChangeState(clients.writer, clients.reader, request, change, clock_);
  return *state_;
}

ChangeRequest DemoRollout::RequestFor(const std::string& verb) const {
  ChangeRequest request;
  request.topics = topics_;
  request.service = config_.service;
  request.verb = verb;
  request.issued_by = kIssuer;
  return request;
}

bool DemoRollout::Trained(std::future<std::string>& artifact) const {
  return artifact.valid() && artifact.wait_for(std::chrono::seconds(0)) ==
                                 std::future_status::ready;
}

void DemoRollout::ReadLog() {
  for (const LogRecord& record : log_->Poll(milliseconds(0))) {
    if (!record.value) continue;
    try {
      if (record.topic == topics_.audit) {
        AuditRecord audit = ParseAuditRecord(*record.value).message;
        if (audit.evidence && audit.state && step_ == Step::kRollback) {
          rollback_ = std::move(audit);
        }
      } else if (record.key == config_.service) {
        state_ = ParseRegistryState(*record.value, config_.service).message;
      }
    } catch (const MessageError&) {
      // Nobody but the demo writes there; what cannot be read is not shown.
    }
  }
}

std::string DemoRollout::champion() const {
  return state_ && state_->champion ? ToText(state_->champion->model) : "";
}

std::vector<std::string> DemoRollout::Play(double seconds) {
  ReadLog();
  constexpr double kDue[] = {kCanaryAt, kPromoteAt, kBadAt, 0.0, 2.0};
  std::vector<std::string> lines;
  if (seconds >= kDue[static_cast<std::size_t>(step_)] * seconds_) {
    std::string line = PlayStep();
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string DemoRollout::PlayStep() {
  std::string line;
  switch (step_) {
    case Step::kCanary:
      if (!Trained(good_)) return "";
      AddCanary(good_.get(), kGoodPercent, "learned from newer rows", line);
      step_ = Step::kPromote;
      return line;
    case Step::kPromote: {
      if (state_->challengers.empty()) return "";  // taken back: no story
      const ModelReference model = state_->challengers[0].artifact.model;
      Change("promote", model, "the canary did well",
             [&](const RegistryView& view) {
               return Promote(view.state.value(), model);
             });
      step_ = Step::kBad;
      return fmt::format("promoted {}: it answers for everybody",
                         ToText(model));
    }
    case Step::kBad:
      if (!Trained(bad_)) return "";
      AddCanary(bad_.get(), kBadPercent, BreakageOf(config_.service).story,
                line);
      step_ = Step::kRollback;
      return fmt::format("{}: {}", line, BreakageOf(config_.service).story);
    case Step::kRollback: {
      if (!rollback_) return "";
      step_ = Step::kDone;
      const GuardrailEvidence& why = *rollback_->evidence;
      return fmt::format(
          "a guardrail took {} back: {} of {:.2f} over {} after {} events",
          why.version, why.rule, why.found, why.limit, why.events);
    }
    case Step::kDone:
      break;
  }
  return "";
}

void DemoRollout::AddCanary(const std::string& artifact, double percent,
                            const std::string& reason, std::string& line) {
  Challenger canary;
  canary.artifact = Register(artifact);
  canary.mode = ChallengerMode::kCanary;
  canary.percent = percent;
  Change("canary", canary.artifact.model, reason,
         [&](const RegistryView& view) {
           RegistryState state = Challenge(view.state.value(), canary);
           state.guardrails.emplace();
           state.guardrails->max_error_ratio = 0.05;
           state.guardrails->max_score_psi = kMaxScorePsi;
           state.guardrails->min_events = kJudgedEvents;
           return state;
         });
  line = fmt::format("deployed {} as a canary for {} % of the keys",
                     ToText(canary.artifact.model), percent);
}

}  // namespace tidemill
