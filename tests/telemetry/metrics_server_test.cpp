#include "tidemill/telemetry/metrics_server.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/drift_testing.h"
#include "telemetry/test_connection.h"
#include "tidemill/core/errors.h"
#include "tidemill/telemetry/partition_metrics.h"
#include "tidemill/telemetry/service_metrics.h"
#include "tidemill/telemetry/worker_metrics.h"

#ifdef __SANITIZE_THREAD__
// Civetweb's workers share gmtime's buffer for the date of an error's answer.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libcivetweb\n";
}
#endif

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kAnyPort = "127.0.0.1:0";

/// A service in which every metric has a value.
class BusyService {
 public:
  BusyService() {
    const TopicPartition partition{"churn.events", 3};
    partitions_.Assigned(std::vector{partition});
    partitions_.Update(partition, {.lag_records = 5, .last_record_ms = 900},
                       WallTime{std::chrono::seconds(1)});
    worker_.CountScored(3);
    worker_.CountDeadLetter(Stage::kParse, Reason::kInvalidJson);
    worker_.ObserveBatch(4);
    worker_.ObserveStage(BatchStage::kDecode, milliseconds(1));
    worker_.SetInFlight(4);
    worker_.Publish();
    recorder_.ObserveLatency(milliseconds(3));
    recorder_.ObserveScore(0.25);
    recorder_.CountScored();
    recorder_.Publish();
    challenger_->Set(0.01, 100);
    CountEvents(*drift_, 100,
                {{"tenure", "[0,10)"}, {"contract", "Month"}, {"", "[0,0.5)"}});
    service_.drift()->Update(SteadyTime{});
    shadow_->CountScored();
    shadow_->Compare(true, 0.25);
    service_.rollout().CountMessage(RegistryMessage::kApplied);
    service_.rollout().CountBreach("max_p99_ms");
    service_.CountSwap(SwapResult::kActivated, milliseconds(2));
    service_.CountClientError("_TRANSPORT");
    service_.SetReady(true);
  }

  const std::shared_ptr<prometheus::Registry>& registry() const {
    return service_.registry();
  }
  const std::shared_ptr<DriftMonitor>& drift() const {
    return service_.drift();
  }

 private:
  ServiceMetrics service_{
      "churn \"m\xC3\xBChle\"\n", nullptr, {.revision = "abc"}};
  WorkerMetrics worker_{service_};
  PartitionMetrics partitions_{service_};
  VersionRecorder recorder_{
      service_.ForVersion({.model = "a \"quoted\"\\\nm\xC3\xB6"
                                    "del \xFF",
                           .version = 7,
                           .variant = Variant::kCanary,
                           .digest = "7c9e",
                           .engine = "tree"},
                          ProbabilityBoundaries(), WallTime{})};
  std::shared_ptr<const ShadowMetrics> shadow_ = service_.ForShadow(
      {.model = "churn", .version = 8, .digest = "", .engine = ""});
  std::unique_ptr<ChallengerMetrics> challenger_ = service_.ForChallenger(
      {.model = "churn", .version = 8, .digest = "", .engine = ""});
  DriftCountsPtr drift_ = service_.drift()->ForVersion(
      "a \"quoted\"\\\nm\xC3\xB6"
      "del \xFF",
      7, "7c9e", DriftExample().schema, DriftExample().features,
      DriftExample().baselines);
};

struct Documented {
  std::string type;
  std::set<std::string> labels;
  friend bool operator==(const Documented&, const Documented&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Documented& one) {
    out << one.type << " {";
    for (const auto& label : one.labels) out << label << ' ';
    return out << '}';
  }
};

/// The texts between backticks.
std::vector<std::string> Quoted(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t begin = text.find('`'); begin != text.npos;
       begin = text.find('`')) {
    text.remove_prefix(begin + 1);
    const std::size_t end = text.find('`');
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return found;
}

/// The rows: | `name` | type | `label`, ... | unit | meaning |
std::map<std::string, Documented> ReadDocumentation() {
  std::ifstream file(TIDEMILL_SOURCE_DIR "/docs/metrics.md");
  std::map<std::string, Documented> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(1));
    std::string name;
    std::string type;
    std::string labels;
    std::getline(cells, name, '|');
    std::getline(cells, type, '|');
    std::getline(cells, labels, '|');
    const std::vector<std::string> names = Quoted(labels);
    rows[Quoted(name).at(0)] = {.type = type.substr(1, type.size() - 2),
                                .labels = {names.begin(), names.end()}};
  }
  return rows;
}

/// Adds the label names of `name{label="value",...} 1`, but `le` and
/// `quantile`.
void AddLabels(std::string_view line, std::set<std::string>& labels) {
  std::size_t at = line.find('{');
  if (at == line.npos) return;
  while (line[at] != '}') {
    const std::size_t equals = line.find('=', ++at);
    const std::string name(line.substr(at, equals - at));
    if (name != "le" && name != "quantile") labels.insert(name);
    for (at = equals + 2; line[at] != '"'; ++at) {
      if (line[at] == '\\') ++at;
    }
    ++at;
  }
}

/// The families of an exposition text.
std::map<std::string, Documented> ReadExposition(const std::string& text) {
  std::map<std::string, Documented> families;
  Documented* current = nullptr;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name;
      words >> name;
      current = &families[name];
      words >> current->type;
    } else if (!line.starts_with('#') && current != nullptr) {
      AddLabels(line, current->labels);
    }
  }
  return families;
}

TEST(MetricsServerTest, AnswersAScrape) {
  const BusyService service;
  const MetricsServer server(kAnyPort, service.registry());
  const std::string answer = Get(server.port(), "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("tidemill_events_total{outcome=\"scored\""));
  EXPECT_THAT(answer, HasSubstr("process_open_fds "));
}

TEST(MetricsServerTest, HasNoOtherPath) {
  const MetricsServer server(kAnyPort,
                             std::make_shared<prometheus::Registry>());
  EXPECT_THAT(Get(server.port(), "/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get(server.port(), "/../../etc/passwd"),
              Not(HasSubstr("HTTP/1.1 200")));
}

TEST(MetricsServerTest, ExportsExactlyWhatIsDocumented) {
  const BusyService service;
  MetricsServer server(kAnyPort, service.registry());
  server.Add(service.drift());
  // The library's own figures of a scrape are there from the second one on.
  Get(server.port(), "/metrics");
  EXPECT_EQ(ReadExposition(Body(Get(server.port(), "/metrics"))),
            ReadDocumentation());
}

TEST(MetricsServerTest, PromtoolFindsNothing) {
  if (std::system("command -v promtool > /dev/null") != 0) {
    GTEST_SKIP() << "promtool is not installed (package prometheus)";
  }
  const BusyService service;
  MetricsServer server(kAnyPort, service.registry());
  server.Add(service.drift());
  Get(server.port(), "/metrics");
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) /
      ("metrics_server_test." + std::to_string(getpid()) + ".txt");
  std::ofstream(file) << Body(Get(server.port(), "/metrics"));
  const std::string command =
      "promtool check metrics < '" + file.string() + "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> bytes;
  while (const std::size_t size = fread(bytes.data(), 1, bytes.size(), pipe)) {
    output.append(bytes.data(), size);
  }
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_EQ(output, "");
  std::filesystem::remove(file);
}

TEST(MetricsServerTest, StalledClientsDoNotKeepAScraperOut) {
  const MetricsServer server(kAnyPort,
                             std::make_shared<prometheus::Registry>());
  // More than there are threads, and some of them within a request.
  std::list<TestConnection> stalled;
  for (int i = 0; i < 24; ++i) {
    stalled.emplace_back(server.port());
    if (i % 2 == 0) stalled.back().Send("GET /metrics HTTP/1.1\r\nHos");
  }
  EXPECT_THAT(Get(server.port(), "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST(MetricsServerTest, ShowsAnotherSourceWhileItLives) {
  MetricsServer server(kAnyPort, std::make_shared<prometheus::Registry>());
  auto other = std::make_shared<prometheus::Registry>();
  prometheus::BuildGauge()
      .Name("tidemill_drift_window_events")
      .Help("h")
      .Register(*other)
      .Add({});
  server.Add(other);
  EXPECT_THAT(Get(server.port(), "/metrics"), HasSubstr("drift_window"));
  other.reset();
  EXPECT_THAT(Get(server.port(), "/metrics"), Not(HasSubstr("drift_window")));
}

TEST(MetricsServerTest, NamesAPortThatIsInUse) {
  const auto registry = std::make_shared<prometheus::Registry>();
  const MetricsServer first(kAnyPort, registry);
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  try {
    const MetricsServer second(address, registry);
    FAIL() << "no exception";
  } catch (const UnavailableError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUnavailable);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(address), HasSubstr("Address already in use")));
  }
}

TEST(MetricsServerTest, NamesABadAddress) {
  const auto registry = std::make_shared<prometheus::Registry>();
  for (const char* address :
       {"", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:94x", "999.1.1.1:9464", "::1:9464",
        "[]:9464", "203.0.113.1:9464"}) {
    try {
      const MetricsServer server(address, registry);
      ADD_FAILURE() << "no exception for " << address;
    } catch (const UnavailableError& error) {
      EXPECT_THAT(error.what(), HasSubstr(address));
    }
  }
}

TEST(MetricsServerTest, TakesAName) {
  const MetricsServer by_name("localhost:0",
                              std::make_shared<prometheus::Registry>());
  EXPECT_THAT(Get(by_name.port(), "/metrics"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace tidemill
