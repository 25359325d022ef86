#include "consumers/scorer_process.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "tidemill/cli/cluster_settings.h"
#include "tidemill/config/host_port.h"
#include "tidemill/core/errors.h"
#include "tidemill/http/health.h"
#include "tidemill/http/router.h"
#include "tidemill/kafka/topics.h"
#include "tidemill/rollout/served_model.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBrokerTimeout{3000};
constexpr milliseconds kRetry{1000};
constexpr milliseconds kSupervise{500};
/// One complaint of a kind in so long.
constexpr std::chrono::seconds kLogEvery{10};
constexpr std::int32_t kCreatedPartitions = 4;

std::string Join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += ", ";
    joined += text;
  }
  return joined;
}

DriftOptions DriftOptionsOf(const ServiceConfig::Drift& drift) {
  DriftOptions options;
  options.window = {.time = drift.window,
                    .events = static_cast<std::uint64_t>(drift.window_events)};
  options.min_events = static_cast<std::uint64_t>(drift.min_events);
  options.sample = drift.sample;
  options.features = drift.features;
  options.thresholds = {
      .psi = drift.thresholds.psi,
      .js_distance = drift.thresholds.js_distance,
      .ks = drift.thresholds.ks,
      .missing_ratio = drift.thresholds.missing_ratio,
      .unseen_ratio = drift.thresholds.unseen_ratio,
      .out_of_range_ratio = drift.thresholds.out_of_range_ratio,
      .score_psi = drift.thresholds.score_psi};
  return options;
}

/// Where the config sets the property that an error of librdkafka names; empty
/// when it names none of them.
std::string PlaceOf(const ConfigError& error,
                    const ServiceConfig::Kafka& kafka) {
  const std::string_view text(error.what());
  std::vector<std::string> places;
  for (const PropertyList* list :
       {&kafka.properties, &kafka.consumer, &kafka.producer}) {
    for (const KafkaProperty& property : *list) {
      if (text.find("'" + property.name + "'") != std::string_view::npos) {
        places.push_back(property.where);
      }
    }
  }
  return Join(places);
}

}  // namespace

ScorerProcess::ScorerProcess(ServiceConfig config)
    : config_(std::move(config)),
      metrics_(config_.service, nullptr, {}, DriftOptionsOf(config_.drift)),
      started_(clock_.Now()),
      observer_(metrics_, models_, clock_) {
  metrics_server_ = std::make_unique<MetricsServer>(
      ToText(config_.metrics.listen), metrics_.registry());
  metrics_server_->Add(metrics_.drift());
  http_server_ =
      std::make_unique<HttpServer>(ToText(config_.http.listen), Routes());
  OpenLanes();
  if (config_.model.empty()) OpenRegistry();
  SetProblem("broker",
             "broker " + config_.kafka.bootstrap + ": it has not answered yet");
  supervisor_ = std::thread([this] { Supervise(); });
}

ScorerProcess::~ScorerProcess() { Stop(); }

void ScorerProcess::OpenLanes() try {
  // Refuses a producer's property before a consumer has begun to connect.
  const KafkaSink probe(SettingsOf(0), nullptr, KafkaEvents{});
  lanes_.resize(static_cast<std::size_t>(config_.workers));
  for (int i = 0; i < config_.workers; ++i) {
    Lane& lane = lanes_[static_cast<std::size_t>(i)];
    const KafkaSettings settings = SettingsOf(i);
    lane.source = std::make_unique<KafkaSource>(settings, config_.topics.events,
                                                EventsOf());
    lane.sink =
        std::make_unique<KafkaSink>(settings, lane.source.get(), EventsOf());
  }
} catch (const ConfigError& error) {
  const std::string place = PlaceOf(error, config_.kafka);
  if (place.empty()) throw;
  throw ConfigError(place + ": " + error.what());
}

void ScorerProcess::OpenRegistry() {
  KafkaSettings settings = SettingsOf(0);
  settings.group_instance_id.reset();
  const std::string client_id = settings.client_id;
  settings.client_id = client_id + "-shadow";
  shadow_sink_ = std::make_unique<KafkaSink>(settings, nullptr, EventsOf());
  const WorkerOptions options = OptionsOfWorkers();
  shadows_ = std::make_unique<ShadowRunner>(
      ShadowOptions{.service = options.service,
                    .events_topic = options.events_topic,
                    .predictions_topic = options.predictions_topic,
                    .limits = options.limits},
      shadow_queue_, *shadow_sink_, models_, clock_);
  settings.client_id = client_id + "-registry";
  registry_ = std::make_unique<RegistryFollower>(config_, settings, EventsOf(),
                                                 models_, metrics_);
  following_.store(registry_.get());
}

KafkaSettings ScorerProcess::SettingsOf(int worker) const {
  const std::string member = config_.instance + "-" + std::to_string(worker);
  KafkaSettings settings = ClusterSettings(config_.kafka);
  settings.group = config_.kafka.group;
  settings.client_id = "tidemill-" + config_.service + "-" + member;
  if (config_.kafka.static_membership) settings.group_instance_id = member;
  return settings;
}

KafkaEvents ScorerProcess::EventsOf() {
  KafkaEvents events;
  events.on_error = [this](std::string_view code, std::string_view message) {
    metrics_.CountClientError(code);
    broker_in_doubt_.store(true);
    LogError(code, message);
  };
  events.on_log = [](int level, std::string_view facility,
                     std::string_view text) {
    // librdkafka says most things twice: what matters also comes as an error.
    spdlog::log(level <= 3 ? spdlog::level::warn : spdlog::level::debug,
                "librdkafka {}: {}", facility, text);
  };
  events.on_rebalance = [](std::string_view kind) {
    spdlog::info("partitions {}", kind);
  };
  return events;
}

void ScorerProcess::LogError(std::string_view code, std::string_view message) {
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.Steady();
    const auto [place, is_new] =
        last_logged_.try_emplace(std::string(code), now);
    if (!is_new && now - place->second < kLogEvery) return;
    place->second = now;
  }
  spdlog::warn("kafka {}: {}", code, message);
}

HttpHandler ScorerProcess::Routes() {
  Router router;
  AddHealthRoutes(router, [this] { return NotReadyReasons(); });
  AddStatusRoutes(router, [this] { return Status(); });
  return router;
}

ServiceStatus ScorerProcess::Status() const {
  ServiceStatus status;
  status.service = config_.service;
  status.instance = config_.instance;
  status.program_version = TIDEMILL_VERSION;
  status.now = clock_.Now();
  status.started = started_;
  status.not_ready = NotReadyReasons();
  status.figures = observer_.recent();
  if (const RegistryFollower* registry = following_.load()) {
    status.desired = registry->Served();
    status.rollout = registry->Status();
  }
  status.drift_options = metrics_.drift()->options();
  status.drift = metrics_.drift()->Read();
  status.dead_letters = dead_letters_.Read();
  return status;
}

void ScorerProcess::SetChampion(LoadedModelPtr model) {
  auto models = std::make_shared<ModelSet>();
  const std::vector<double> edges = GuardrailScoreEdges(*model);
  models->champion = MakeServedModel(std::move(model), Variant::kChampion,
                                     edges, metrics_, clock_.Now());
  models_.Set(std::move(models));
}

void ScorerProcess::SetProblem(const std::string& name,
                               const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (reason.empty()) {
    problems_.erase(name);
    return;
  }
  std::string& known = problems_[name];
  if (known == reason) return;
  known = reason;
  spdlog::warn("not ready: {}", reason);
}

std::vector<std::string> ScorerProcess::NotReadyReasons() const {
  std::vector<std::string> reasons;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) reasons.emplace_back("the service is stopping");
    for (const auto& [name, reason] : problems_) reasons.push_back(reason);
  }
  if (const RegistryFollower* registry = following_.load()) {
    const std::string reason = registry->NotReadyReason();
    // The broker's absence is one reason, not two.
    if (!reason.empty() &&
        std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
      reasons.push_back(reason);
    }
  } else if (models_.current() == nullptr) {
    reasons.emplace_back("no model is loaded");
  }
  if (failed()) reasons.emplace_back("a worker has failed");
  if (!workers_started_.load()) {
    reasons.emplace_back("the workers have not started");
  } else if (!std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
               return lane.worker->joined();
             })) {
    reasons.emplace_back("the consumer group has not assigned partitions yet");
  }
  return reasons;
}

bool ScorerProcess::StoppedWithin(milliseconds time) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, time, [this] { return stopping_; });
}

void ScorerProcess::Supervise() {
  while (!TopicsAreThere()) {
    // Nobody else asks the clients yet, and they know why: a refused
    // connection, a certificate.
    for (Lane& lane : lanes_) lane.sink->Poll(milliseconds(0));
    if (failed() || StoppedWithin(kRetry)) return;
  }
  StartWorkers();
  bool was_ready = false;
  while (!StoppedWithin(kSupervise)) {
    if (broker_in_doubt_.exchange(false)) ProbeBroker();
    const bool ready = NotReadyReasons().empty();
    metrics_.SetReady(ready);
    if (ready != was_ready) spdlog::info(ready ? "ready" : "not ready");
    was_ready = ready;
  }
}

std::vector<std::string> ScorerProcess::MissingTopics() const {
  std::vector<std::string> names = {config_.topics.events,
                                    config_.topics.predictions,
                                    config_.topics.dead_letters};
  // Scoring needs neither; whoever wants the topics made wants these too.
  if (config_.topics.create) {
    names.push_back(config_.topics.outcomes);
    names.push_back(config_.topics.predictions + ".shadow");
  }
  std::vector<std::string> missing;
  for (const TopicDescription& topic :
       DescribeTopics(SettingsOf(0), names, kBrokerTimeout)) {
    if (!topic.exists) missing.push_back(topic.name);
  }
  return missing;
}

void ScorerProcess::SetMissing(const std::vector<std::string>& missing) {
  SetProblem("topics", missing.empty()
                           ? ""
                           : "topics that do not exist: " + Join(missing) +
                                 " (create them, or set topics.create: true)");
}

bool ScorerProcess::TopicsAreThere() {
  try {
    std::vector<std::string> missing = MissingTopics();
    SetProblem("broker", "");
    if (!missing.empty() && config_.topics.create) {
      CreateMissing(missing);
      missing.clear();
    }
    SetMissing(missing);
    return missing.empty();
  } catch (const UnavailableError& error) {
    SetProblem("broker", error.what());
  } catch (const Error& error) {
    Fail(error.exit_code(), error.what());
  }
  return false;
}

void ScorerProcess::CreateMissing(const std::vector<std::string>& missing) {
  std::vector<TopicSpec> specs;
  specs.reserve(missing.size());
  for (const std::string& name : missing) {
    specs.push_back({.name = name,
                     .partitions = std::max<std::int32_t>(kCreatedPartitions,
                                                          config_.workers),
                     .config = {}});
  }
  CreateTopics(SettingsOf(0), specs, kBrokerTimeout);
  spdlog::info("created topics: {}", Join(missing));
}

void ScorerProcess::ProbeBroker() {
  try {
    const std::vector<std::string> missing = MissingTopics();
    SetProblem("broker", "");
    SetMissing(missing);
    if (!missing.empty()) broker_in_doubt_.store(true);
  } catch (const Error& error) {
    SetProblem("broker", error.what());
    broker_in_doubt_.store(true);
  }
}

WorkerOptions ScorerProcess::OptionsOfWorkers() const {
  WorkerOptions options;
  options.service = config_.service;
  options.events_topic = config_.topics.events;
  options.predictions_topic = config_.topics.predictions;
  options.dead_letters_topic = config_.topics.dead_letters;
  options.max_batch = static_cast<std::size_t>(config_.limits.max_batch);
  options.commit_interval = config_.commit_interval;
  options.limits.max_bytes = config_.limits.max_event_bytes;
  options.limits.max_depth = static_cast<std::size_t>(config_.limits.max_depth);
  return options;
}

void ScorerProcess::StartWorkers() {
  for (Lane& lane : lanes_) {
    lane.worker = std::make_unique<Worker>(
        OptionsOfWorkers(), *lane.source, *lane.sink, models_, metrics_, clock_,
        shadows_ != nullptr ? &shadow_queue_ : nullptr, &dead_letters_);
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  for (Lane& lane : lanes_) {
    lane.thread = std::thread([this, &lane] { RunWorker(lane); });
  }
  workers_started_.store(true);
}

void ScorerProcess::RunWorker(Lane& lane) {
  try {
    if (lane.worker->Run() == WorkerEnd::kFatal) {
      Fail(ExitCode::kTryAgain, lane.worker->fatal_error());
    }
  } catch (const Error& error) {
    Fail(error.exit_code(), error.what());
  } catch (const std::exception& error) {
    Fail(ExitCode::kOurBug, error.what());
  }
}

void ScorerProcess::Fail(ExitCode code, const std::string& why) {
  spdlog::error("{}", why);
  int none = 0;
  exit_code_.compare_exchange_strong(none, static_cast<int>(code));
  failed_.store(true);
}

int ScorerProcess::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (registry_ != nullptr) registry_->RequestStop();
  metrics_.SetReady(false);
  if (workers_started_.load()) {
    for (Lane& lane : lanes_) lane.worker->RequestStop();
  }
  if (supervisor_.joinable()) supervisor_.join();
  if (workers_started_.load()) {
    for (Lane& lane : lanes_) lane.worker->RequestStop();
    for (Lane& lane : lanes_) {
      if (lane.thread.joinable()) lane.thread.join();
    }
  }
  if (shadows_ != nullptr) shadows_->Stop();
  if (registry_ != nullptr) registry_->Stop();
  http_server_->Stop();
  observer_.Stop();
  return exit_code_.load();
}

}  // namespace tidemill
