#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "consumers/observer.h"
#include "consumers/registry_follower.h"
#include "tidemill/config/service_config.h"
#include "tidemill/core/clock.h"
#include "tidemill/core/errors.h"
#include "tidemill/http/http_server.h"
#include "tidemill/http/service_status.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/kafka/kafka_source.h"
#include "tidemill/rollout/model_table.h"
#include "tidemill/serving/recent_dead_letters.h"
#include "tidemill/serving/shadow_queue.h"
#include "tidemill/serving/shadow_runner.h"
#include "tidemill/serving/worker.h"
#include "tidemill/telemetry/metrics_server.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {

/// A scorer that runs in this process: its workers on Kafka, its metrics and
/// its health. `serve` and `demo` are two ways to start one.
///
/// It needs neither broker nor topics to start: it keeps trying, says what is
/// missing and is not ready. It reads no event before it has a model.
/// Threads: its own; SetChampion() and the questions may come from any, the
///          rest from one.
class ScorerProcess {
 public:
  /// Opens the ports. Throws UnavailableError when one is taken, ConfigError
  /// when librdkafka refuses a property.
  explicit ScorerProcess(ServiceConfig config);
  /// Stop().
  ~ScorerProcess();
  ScorerProcess(const ScorerProcess&) = delete;
  ScorerProcess& operator=(const ScorerProcess&) = delete;

  /// The next batch is scored with this model: for a config that names a fixed
  /// one, else the registry says which.
  void SetChampion(LoadedModelPtr model);

  /// Empty when events can be scored.
  std::vector<std::string> NotReadyReasons() const;

  /// All that the status page shows.
  ServiceStatus Status() const;

  /// Set once it can do no more and must be started anew.
  bool failed() const { return failed_.load(); }

  /// Drains: no more events are read, what was read is delivered and
  /// committed. Answers 0, or the code of what failed.
  int Stop();

  const ServiceMetrics& metrics() const { return metrics_; }
  std::uint16_t metrics_port() const { return metrics_server_->port(); }
  std::uint16_t http_port() const { return http_server_->port(); }

 private:
  /// A worker thread with its own clients.
  struct Lane {
    std::unique_ptr<KafkaSource> source;
    std::unique_ptr<KafkaSink> sink;
    std::unique_ptr<Worker> worker;
    std::thread thread;
  };

  void OpenLanes();
  void OpenRegistry();
  KafkaSettings SettingsOf(int worker) const;
  KafkaEvents EventsOf();
  WorkerOptions OptionsOfWorkers() const;
  HttpHandler Routes();
  void Supervise();
  bool TopicsAreThere();
  std::vector<std::string> MissingTopics() const;
  void SetMissing(const std::vector<std::string>& missing);
  void CreateMissing(const std::vector<std::string>& missing);
  void StartWorkers();
  void RunWorker(Lane& lane);
  void ProbeBroker();
  void Fail(ExitCode code, const std::string& why);
  /// Waits; true once Stop() was called.
  bool StoppedWithin(std::chrono::milliseconds time);
  void SetProblem(const std::string& name, const std::string& reason);
  void LogError(std::string_view code, std::string_view message);

  ServiceConfig config_;
  SystemClock clock_;
  ServiceMetrics metrics_;
  ModelTable models_;
  RecentDeadLetters dead_letters_;
  WallTime started_;
  Observer observer_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                          ///< guarded by mutex_
  std::map<std::string, std::string> problems_;    ///< guarded by mutex_
  std::map<std::string, SteadyTime> last_logged_;  ///< guarded by mutex_
  std::atomic<bool> workers_started_{false};
  std::atomic<bool> broker_in_doubt_{false};
  std::atomic<bool> failed_{false};
  std::atomic<int> exit_code_{0};

  // Behind all that their clients' callbacks use: they are called until a
  // client is gone.
  ShadowQueue shadow_queue_;
  std::unique_ptr<KafkaSink> shadow_sink_;  ///< none with a fixed model
  std::unique_ptr<ShadowRunner> shadows_;   ///< the same
  std::vector<Lane> lanes_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::unique_ptr<HttpServer> http_server_;
  std::unique_ptr<RegistryFollower> registry_;  ///< none with a fixed model
  /// The same, for the HTTP threads, which are there before it.
  std::atomic<const RegistryFollower*> following_{nullptr};
  std::thread supervisor_;
};

}  // namespace tidemill
