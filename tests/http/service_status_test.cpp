#include "tidemill/http/service_status.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "telemetry/test_connection.h"
#include "tidemill/http/http_server.h"
#include "tidemill/http/status_page.h"

namespace tidemill {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const WallTime kNow{std::chrono::seconds(1'763'716'322)};

DriftColumnReport Column(const std::string& feature, double psi) {
  DriftColumnReport column;
  column.feature = feature;
  column.bins = {"a", "missing"};
  column.baseline = {0.75, 0.25};
  column.window = {0.5, 0.5};
  column.figures.psi = psi;
  return column;
}

/// Enough events; psi over 0.1 is called drift.
ServiceStatus Watching(std::vector<DriftColumnReport> features) {
  DriftReport report;
  report.model = "churn";
  report.version = 7;
  report.window_events = 60'000;
  report.min_events = 5'000;
  for (DriftColumnReport& column : features) {
    if (*column.figures.psi > 0.1) column.over = {"psi"};
  }
  report.features = std::move(features);
  ServiceStatus status;
  status.drift.push_back(std::move(report));
  return status;
}

json Answered(const ServiceStatus& status) {
  return json::parse(ToJson(status));
}

std::vector<std::string> FeaturesOf(const json& answer) {
  std::vector<std::string> names;
  for (const json& one : answer["drift"][0]["features"]) {
    names.push_back(one["feature"]);
  }
  return names;
}

TEST(ServiceStatusJsonTest, AServiceThatHasDoneNothingHasEveryKey) {
  ServiceStatus status;
  status.not_ready = {"no model is loaded"};
  const json answer = Answered(status);
  for (const char* key :
       {"service", "instance", "program_version", "now", "started", "ready",
        "not_ready", "events", "latency", "lag", "versions", "rollout",
        "drift_options", "drift", "dead_letters"}) {
    EXPECT_TRUE(answer.contains(key)) << key;
  }
  EXPECT_EQ(answer["ready"], false);
  EXPECT_EQ(answer["not_ready"], json({"no model is loaded"}));
  EXPECT_TRUE(answer["latency"]["p50_seconds"].is_null());
  EXPECT_TRUE(answer["lag"]["records"].is_null());
  EXPECT_TRUE(answer["rollout"].is_null());
  EXPECT_EQ(answer["versions"], json::array());
}

TEST(ServiceStatusJsonTest, TellsFiguresAndTimes) {
  ServiceStatus status;
  status.service = "churn";
  status.now = kNow;
  status.figures.scored = 1'000;
  status.figures.events_per_second = 12.5;
  status.figures.latency_p99 = 0.004;
  status.figures.lag_records = 3;
  status.figures.history = {12.0, 13.0};
  status.figures.versions = {{.model = "churn",
                              .version = 7,
                              .variant = "champion",
                              .digest = "7c9e",
                              .scored = 990,
                              .latency_p50 = {},
                              .latency_p99 = 0.005}};
  const json answer = Answered(status);
  EXPECT_EQ(answer["now"], "2025-11-21T09:12:02.000000Z");
  EXPECT_EQ(answer["ready"], true);
  EXPECT_EQ(answer["events"]["scored"], 1'000);
  EXPECT_EQ(answer["events"]["history"], json({12.0, 13.0}));
  EXPECT_EQ(answer["latency"]["p99_seconds"], 0.004);
  EXPECT_EQ(answer["lag"]["records"], 3);
  EXPECT_EQ(answer["versions"][0]["variant"], "champion");
  EXPECT_EQ(answer["versions"][0]["scored"], 990);
}

TEST(ServiceStatusJsonTest, TheFeatureFarthestOverItsThresholdComesFirst) {
  const json answer = Answered(Watching({Column("a", 0.01), Column("b", 0.15),
                                         Column("c", 0.05), Column("d", 0.4)}));
  EXPECT_THAT(FeaturesOf(answer), ElementsAre("d", "b", "c", "a"));
  const json& first = answer["drift"][0]["features"][0];
  EXPECT_EQ(first["state"], "drifted");
  EXPECT_EQ(first["verdict"], "drifted: psi 0.4 over 0.1");
  EXPECT_DOUBLE_EQ(first["times_threshold"], 4.0);
  EXPECT_EQ(answer["drift"][0]["features"][3]["verdict"], "quiet");
}

TEST(ServiceStatusJsonTest, AFeatureThatIsCalledDriftedComesBeforeAGreaterOne) {
  ServiceStatus status = Watching({Column("a", 0.09), Column("b", 0.01)});
  status.drift[0].features[1].over = {"ks"};
  status.drift[0].features[1].figures.ks = 0.081;
  status.drift_options.thresholds.psi = 0.01;
  EXPECT_THAT(FeaturesOf(Answered(status)), ElementsAre("b", "a"));
}

TEST(ServiceStatusJsonTest, NamesEveryStatisticThatIsOverTheWorstFirst) {
  ServiceStatus status = Watching({Column("a", 0.2)});
  DriftColumnReport& column = status.drift[0].features[0];
  column.figures.missing_ratio = 0.5;
  column.figures.unseen_ratio = 0.03;
  column.over = {"psi", "missing_ratio", "unseen_ratio"};
  // Missing: 0.25 more than training's 0.25, which is five times 0.05.
  const json answer = Answered(status);
  const json& feature = answer["drift"][0]["features"][0];
  EXPECT_EQ(feature["verdict"],
            "drifted: missing 50 % over 30 %, psi 0.2 over 0.1, "
            "unseen 3 % over 2 %");
  EXPECT_DOUBLE_EQ(feature["times_threshold"], 5.0);
}

TEST(ServiceStatusJsonTest, SaysHowManyEventsItStillWaitsFor) {
  ServiceStatus status = Watching({Column("a", 0.05)});
  status.drift[0].window_events = 812;
  EXPECT_EQ(Answered(status)["drift"][0]["features"][0]["verdict"],
            "not enough events yet (812 of 5,000)");
  EXPECT_EQ(Answered(status)["drift"][0]["features"][0]["state"], "waiting");
  status.drift[0].window_events = 0;
  EXPECT_EQ(Answered(status)["drift"][0]["features"][0]["verdict"],
            "no events yet");
}

TEST(ServiceStatusJsonTest, TheScoreHasAThresholdOfItsOwn) {
  ServiceStatus status = Watching({});
  status.drift_options.thresholds.score_psi = 0.2;
  status.drift[0].score = Column("score", 0.3);
  status.drift[0].score->over = {"score_psi"};
  const json answer = Answered(status);
  EXPECT_EQ(answer["drift"][0]["score"]["verdict"],
            "drifted: psi 0.3 over 0.2");
  EXPECT_DOUBLE_EQ(answer["drift"][0]["score"]["times_threshold"], 1.5);
}

TEST(ServiceStatusJsonTest, AStatisticThatIsOffCountsForNothing) {
  ServiceStatus status = Watching({Column("a", 0.05)});
  status.drift_options.thresholds.psi = 0.0;
  EXPECT_TRUE(
      Answered(status)["drift"][0]["features"][0]["times_threshold"].is_null());
}

TEST(ServiceStatusJsonTest, HasNoNumberThatIsNone) {
  ServiceStatus status =
      Watching({Column("a", std::numeric_limits<double>::quiet_NaN())});
  status.figures.events_per_second = std::numeric_limits<double>::infinity();
  const json answer = Answered(status);
  EXPECT_TRUE(answer["events"]["per_second"].is_null());
  EXPECT_TRUE(answer["drift"][0]["features"][0]["figures"]["psi"].is_null());
}

TEST(ServiceStatusJsonTest, KeepsQuotesNewlinesAndReplacesWhatIsNotUtf8) {
  const json answer =
      Answered(Watching({Column("<script>\"a\"\n\xC3\xBC\xFF", 0.01)}));
  EXPECT_THAT(FeaturesOf(answer),
              ElementsAre("<script>\"a\"\n\xC3\xBC\xEF\xBF\xBD"));
}

TEST(ServiceStatusJsonTest, TellsTheRolloutWithoutTheArtifactsAddresses) {
  ServiceStatus status;
  ArtifactReference artifact;
  artifact.model = {.model = "churn", .version = 7};
  artifact.uri = "https://user:secret@store/7.bin";
  artifact.signature = "secret";
  RegistryState& desired = status.desired.emplace();
  desired.sequence = 12;
  desired.champion = artifact;
  artifact.model.version = 8;
  desired.challengers = {
      {.artifact = artifact, .mode = ChallengerMode::kCanary, .percent = 10.0},
      {.artifact = artifact, .mode = ChallengerMode::kShadow}};
  desired.reason = "canary";
  InstanceStatus& instance = status.rollout.emplace();
  instance.state = InstanceState::kRejected;
  instance.detail = "digest differs";
  EXPECT_THAT(ToJson(status), Not(HasSubstr("secret")));
  const json rollout = Answered(status)["rollout"];
  EXPECT_EQ(rollout["desired"]["sequence"], 12);
  EXPECT_EQ(rollout["desired"]["champion"], "churn@7");
  EXPECT_TRUE(rollout["desired"]["previous"].is_null());
  EXPECT_EQ(rollout["desired"]["challengers"][0]["version"], "churn@8");
  EXPECT_EQ(rollout["desired"]["challengers"][0]["percent"], 10.0);
  EXPECT_TRUE(rollout["desired"]["challengers"][1]["percent"].is_null());
  EXPECT_EQ(rollout["instance"]["state"], "rejected");
  EXPECT_EQ(rollout["instance"]["detail"], "digest differs");
}

TEST(ServiceStatusJsonTest, TellsWhereAndWhyOfDeadLetters) {
  ServiceStatus status;
  status.dead_letters = {{.id = "churn.events/3/17",
                          .stage = Stage::kSchema,
                          .reason = Reason::kWrongType,
                          .detail = "expected a number",
                          .time = kNow}};
  EXPECT_EQ(Answered(status)["dead_letters"],
            json::array({{{"id", "churn.events/3/17"},
                          {"stage", "schema"},
                          {"reason", "wrong_type"},
                          {"detail", "expected a number"},
                          {"time", "2025-11-21T09:12:02.000000Z"}}}));
}

Router StatusOf(std::function<ServiceStatus()> read) {
  Router router;
  AddStatusRoutes(router, std::move(read));
  return router;
}

TEST(StatusRoutesTest, ServesThePageAsItStandsInTheSource) {
  const HttpServer server("127.0.0.1:0",
                          StatusOf([] { return ServiceStatus(); }));
  for (const char* path : {"/", "/status"}) {
    const std::string answer = Get(server.port(), path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer,
                HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(StatusPage())));
  }
  EXPECT_TRUE(StatusPage().starts_with("<!doctype html>"));
  EXPECT_TRUE(StatusPage().ends_with("</html>\n"));
}

std::string HeaderOf(const std::string& answer, const std::string& name) {
  const std::size_t begin = answer.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return "";
  const std::size_t value = begin + name.size() + 4;
  return answer.substr(value, answer.find("\r\n", value) - value);
}

/// Takes out what follows "sha256-" where it is a SHA-256 in base64.
std::string WithoutHashes(std::string text) {
  const std::string base64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = text.find("sha256-"); i != std::string::npos;
       i = text.find("sha256-", i)) {
    i += 7;
    const std::size_t end = text.find_first_not_of(base64, i);
    if (end == i + 43 && text[end] == '=') text.erase(i, 44);
  }
  return text;
}

TEST(StatusRoutesTest, ThePageMayRunItsOwnScriptOnly) {
  const HttpServer server("127.0.0.1:0",
                          StatusOf([] { return ServiceStatus(); }));
  const std::string answer = Get(server.port(), "/");
  EXPECT_EQ(WithoutHashes(HeaderOf(answer, "Content-Security-Policy")),
            "default-src 'none'; script-src 'sha256-'; style-src 'sha256-'; "
            "img-src data:; connect-src 'self'; base-uri 'none'; form-action "
            "'none'; frame-ancestors 'none'");
  // A second part, or one with attributes, would not be covered by the hash.
  const std::string page(StatusPage());
  for (const char* tag : {"<script", "<style"}) {
    EXPECT_EQ(page.find(tag), page.rfind(tag));
  }
}

TEST(StatusRoutesTest, SharesASecondsAnswer) {
  std::atomic<int> asked{0};
  const HttpServer server("127.0.0.1:0", StatusOf([&asked] {
                            ServiceStatus status;
                            status.figures.scored =
                                static_cast<std::uint64_t>(++asked);
                            return status;
                          }));
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  int answers = 0;
  while (asked.load() < 3 && std::chrono::steady_clock::now() < deadline) {
    EXPECT_THAT(Get(server.port(), "/v1/status"), HasSubstr("\"scored\":"));
    ++answers;
  }
  EXPECT_EQ(asked.load(), 3);  // not the first one for ever
  EXPECT_GT(answers, 20);
}

TEST(StatusRoutesTest, AnswersAsJsonThatNobodyKeeps) {
  const HttpServer server("127.0.0.1:0",
                          StatusOf([] { return ServiceStatus(); }));
  const std::string answer = Get(server.port(), "/v1/status");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(json::accept(answer.substr(answer.find("\r\n\r\n"))));
}

TEST(StatusRoutesTest, RecoversFromAFailedReading) {
  std::atomic<bool> fails{true};
  const HttpServer server("127.0.0.1:0", StatusOf([&fails]() -> ServiceStatus {
                            if (fails.exchange(false)) {
                              throw std::runtime_error("not now");
                            }
                            return {};
                          }));
  EXPECT_THAT(Get(server.port(), "/v1/status"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get(server.port(), "/v1/status"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace tidemill
