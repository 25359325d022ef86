// Serves the real status page over made-up services, for the browser's tests.
//
//   status_page_fixture
//
// Prints the port. Then reads a word a line from standard input and answers
// each with "done": a scene's name shows that service from now on, "down"
// closes the port and "up" opens the same one again. Ends with the input.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/http/http_server.h"
#include "tidemill/http/service_status.h"

namespace tidemill {
namespace {

using Counts = std::vector<std::uint64_t>;

WallTime Now() { return SystemClock().Now(); }

/// Calls drift what the options' thresholds say of psi, ks and missing values.
DriftColumnReport Compare(const Baseline& baseline, const Counts& counts,
                          const DriftOptions& options) {
  const DriftBins bins(baseline);
  const auto shares = [](const Counts& of) {
    double sum = 0.0;
    for (const std::uint64_t count : of) sum += static_cast<double>(count);
    std::vector<double> all;
    for (const std::uint64_t count : of) {
      all.push_back(sum > 0.0 ? static_cast<double>(count) / sum : 0.0);
    }
    return all;
  };
  DriftColumnReport report;
  report.feature = baseline.name;
  report.kind = baseline.kind;
  report.bins = bins.labels();
  report.baseline = shares(bins.baseline());
  report.window = shares(counts);
  report.figures = CompareWithBaseline(bins, counts);
  const DriftThresholds& limits = options.thresholds;
  const DriftFigures& figures = report.figures;
  if (figures.psi > limits.psi) report.over.emplace_back("psi");
  if (figures.ks > limits.ks) report.over.emplace_back("ks");
  if (figures.missing_ratio.value_or(0.0) >
      limits.missing_ratio + report.baseline.back()) {
    report.over.emplace_back("missing_ratio");
  }
  return report;
}

/// A bell over `bins` bins between `low` and `high`.
Counts Bell(std::size_t bins, double middle, double width) {
  Counts counts;
  for (std::size_t i = 0; i < bins; ++i) {
    const double at =
        (static_cast<double>(i) + 0.5) / static_cast<double>(bins);
    const double z = (at - middle) / width;
    counts.push_back(
        static_cast<std::uint64_t>(10'000.0 * std::exp(-z * z / 2.0)) + 20);
  }
  return counts;
}

Baseline Number(const std::string& name, double low, double high, Counts counts,
                std::uint64_t missing) {
  Baseline baseline;
  baseline.name = name;
  const std::size_t bins = counts.size();
  for (std::size_t i = 0; i <= bins; ++i) {
    const double edge =
        low + (high - low) * static_cast<double>(i) / static_cast<double>(bins);
    baseline.edges.push_back(std::round(edge * 100.0) / 100.0);
  }
  baseline.counts = std::move(counts);
  baseline.missing = missing;
  return baseline;
}

Baseline Category(const std::string& name, std::vector<std::string> categories,
                  Counts counts) {
  Baseline baseline;
  baseline.name = name;
  baseline.kind = BaselineKind::kCategory;
  baseline.categories = std::move(categories);
  baseline.counts = std::move(counts);
  return baseline;
}

/// below, the learned ones, above, missing.
Counts Seen(std::uint64_t below, const Counts& learned, std::uint64_t above,
            std::uint64_t missing) {
  Counts all = {below};
  all.insert(all.end(), learned.begin(), learned.end());
  all.push_back(above);
  all.push_back(missing);
  return all;
}

DriftColumnReport Towns(const DriftOptions& options) {
  std::vector<std::string> names;
  Counts trained;
  Counts seen;
  for (std::uint64_t i = 0; i < 70; ++i) {
    names.push_back("Town " + std::to_string(i));
    trained.push_back(5'000 / (i + 1) + 5);
    if (i < DriftBins::kMaxCategoryBins) seen.push_back(5'000 / (i + 1) + 6);
  }
  seen.insert(seen.end(), {1'800, 4, 0});  // other, unseen, missing
  return Compare(Category("Town", names, trained), seen, options);
}

std::vector<DriftColumnReport> ChurnFeatures(const DriftOptions& options,
                                             bool drifted) {
  const Counts charges = Bell(12, 0.45, 0.2);
  const double moved = drifted ? 0.62 : 0.452;
  return {
      Compare(
          Number("tenure", 0, 72, {9, 6, 5, 5, 4, 4, 5, 6, 9, 14}, 0),
          Seen(0, {905, 610, 498, 502, 401, 399, 500, 603, 895, 1402}, 0, 0),
          options),
      Compare(Number("MonthlyCharges", 18.25, 118.75, charges, 120),
              Seen(4, Bell(12, moved, 0.2), drifted ? 390 : 10, 130), options),
      Compare(Number("TotalCharges", 18.8, 8684.8, Bell(20, 0.2, 0.25), 900),
              Seen(0, Bell(20, 0.21, 0.25), 20, drifted ? 14'000 : 1'100),
              options),
      Compare(Category("Contract", {"Month-to-month", "One year", "Two year"},
                       {3875, 1473, 1695}),
              {3910, 1440, 1701, 1, 0}, options),
      Compare(Category("PaymentMethod",
                       {"Bank transfer (automatic)", "Credit card (automatic)",
                        "Electronic check", "Mailed check"},
                       {1544, 1522, 2365, 1612}),
              {1500, 1490, 2402, 1633, 0, 0}, options),
      Compare(Category("SeniorCitizen", {"0", "1"}, {5901, 1142}),
              {5920, 1111, 0, 2}, options),
      Towns(options)};
}

DriftReport ChurnReport(std::uint32_t version, const DriftOptions& options,
                        bool drifted) {
  DriftReport report;
  report.model = "churn";
  report.version = version;
  report.window_events = version == 7 ? 50'912 : 812;
  report.window_length = std::chrono::seconds(602);
  report.min_events = options.min_events;
  report.features = ChurnFeatures(options, drifted);
  report.score = Compare(
      Number("score", 0, 1, {40, 22, 14, 10, 8, 7, 6, 5, 4, 3}, 0),
      Seen(0, {395, 225, 141, 101, 82, 69, 61, 49, 41, 29}, 0, 0), options);
  report.score->feature = "score";
  return report;
}

/// The last minute, a little different every second.
RecentFigures Figures() {
  RecentFigures figures;
  const auto second = Now().time_since_epoch() / std::chrono::seconds(1);
  for (std::int64_t i = 59; i >= 0; --i) {
    const auto at = static_cast<double>(second - i);
    figures.history.push_back(1000.0 + 60.0 * std::sin(at / 5.0) +
                              25.0 * std::sin(at * 1.7));
  }
  figures.events_per_second = figures.history.back();
  figures.scored = 1'234'567 + static_cast<std::uint64_t>(second % 100'000);
  figures.dead_letters = 12'480;
  figures.dead_letters_per_second = 9.8;
  figures.latency_p50 = 0.00182;
  figures.latency_p99 = 0.0114;
  figures.lag_records = 37;
  figures.time_lag = 0.42;
  const auto version = [](std::uint32_t number, const char* variant,
                          std::uint64_t scored) {
    return RecentVersion{.model = "churn",
                         .version = number,
                         .variant = variant,
                         .digest = "7c9e",
                         .scored = scored,
                         .dead_letters = scored / 100,
                         .events_per_second = static_cast<double>(scored) / 1e3,
                         .latency_p50 = 0.0018,
                         .latency_p99 = 0.0113};
  };
  figures.versions = {version(7, "champion", 1'111'111),
                      version(8, "canary", 12'456), version(9, "shadow", 310)};
  return figures;
}

ArtifactReference Reference(std::uint32_t version) {
  ArtifactReference reference;
  reference.model = {.model = "churn", .version = version};
  return reference;
}

void AddRollout(ServiceStatus& status) {
  RegistryState& desired = status.desired.emplace();
  desired.sequence = 12;
  desired.champion = Reference(7);
  desired.previous = Reference(6);
  desired.challengers = {{.artifact = Reference(8),
                          .mode = ChallengerMode::kCanary,
                          .percent = 12.5},
                         {.artifact = Reference(9)}};
  desired.reason = "try the model of November on an eighth of the customers";
  desired.issued_by = "ann";
  desired.issued_at = "2026-11-21T09:12:02Z";
  InstanceStatus& instance = status.rollout.emplace();
  instance.sequence = 12;
  instance.swap_us = 48'211;
}

ServiceStatus Empty() {
  ServiceStatus status;
  status.service = "churn";
  status.instance = "scorer-0";
  status.program_version = "0.1.0";
  status.now = Now();
  status.started = status.now - std::chrono::minutes(97);
  return status;
}

ServiceStatus Churn(bool drifted) {
  ServiceStatus status = Empty();
  status.figures = Figures();
  AddRollout(status);
  status.drift = {ChurnReport(7, status.drift_options, drifted),
                  ChurnReport(8, status.drift_options, false)};
  for (DriftColumnReport& column : status.drift[1].features) {
    column.over.clear();  // too few events to say so
  }
  status.drift[0].skipped = {
      "customerID: an id is not counted",
      "comment: a text has no bins; expected a number or a category"};
  const char* details[] = {
      "expected a number in MonthlyCharges, got text",
      "expected one JSON object, got the end of the text at byte 17",
      "expected customerID, got an event without it"};
  for (std::size_t i = 0; i < 8; ++i) {
    status.dead_letters.push_back(
        {.id = "churn.events/" + std::to_string(i % 4) + "/" +
               std::to_string(318'233 - i * 97),
         .stage = i % 3 == 1 ? Stage::kParse : Stage::kSchema,
         .reason = i % 3 == 0   ? Reason::kWrongType
                   : i % 3 == 1 ? Reason::kInvalidJson
                                : Reason::kMissingField,
         .detail = details[i % 3],
         .time = status.now - std::chrono::milliseconds(730 * i)});
  }
  return status;
}

/// Every text of it is an attack, or is long.
ServiceStatus Hostile() {
  const std::string attack =
      "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=2</script>";
  const std::string odd =
      "\"quotes\"\nnew line\t\\ M\xC3\xBChle \xE6\xBD\xAE "
      "\xE2\x80\xAEright to left &amp; " +
      std::string(200, 'W');
  ServiceStatus status = Churn(true);
  status.service = attack;
  status.instance = odd;
  status.not_ready = {attack, odd + odd};
  status.desired->reason = odd + attack + std::string(400, 'x');
  status.rollout->state = InstanceState::kRejected;
  status.rollout->detail = attack;
  status.drift[0].skipped = {attack, odd};
  status.drift[0].features.insert(
      status.drift[0].features.begin(),
      Compare(Category(attack, {attack, odd, "__proto__"}, {10, 20, 30}),
              {3'000, 100, 100, 0, 0}, status.drift_options));
  status.drift[0].features.push_back(Compare(Category("__proto__", {odd}, {10}),
                                             {10, 0, 0}, status.drift_options));
  status.dead_letters[0].id = attack;
  status.dead_letters[1].detail = odd + "\xFF";
  status.figures.versions[0].model = attack;
  return status;
}

ServiceStatus NoData() {
  ServiceStatus status = Empty();
  status.not_ready = {"no model is loaded",
                      "broker 127.0.0.1:9092: it has not answered yet"};
  return status;
}

ServiceStatus Waiting() {
  ServiceStatus status = Churn(false);
  for (DriftReport& report : status.drift) {
    report.window_events = 812;
    for (DriftColumnReport& column : report.features) column.over.clear();
  }
  return status;
}

ServiceStatus Stopped() {
  ServiceStatus status = Churn(false);
  status.not_ready = {"the service is stopping"};
  status.rollout->state = InstanceState::kGone;
  status.figures.versions.clear();
  status.figures.latency_p50.reset();
  status.figures.latency_p99.reset();
  status.figures.events_per_second = 0.0;
  return status;
}

const std::map<std::string, std::function<ServiceStatus()>>& Scenes() {
  static const std::map<std::string, std::function<ServiceStatus()>> kScenes = {
      {"drifted", [] { return Churn(true); }},
      {"quiet", [] { return Churn(false); }},
      {"waiting", Waiting},
      {"hostile", Hostile},
      {"nothing", NoData},
      {"stopped", Stopped}};
  return kScenes;
}

/// What is shown now.
class Scene {
 public:
  ServiceStatus Read() {
    const std::lock_guard lock(mutex_);
    ServiceStatus status = Scenes().at(name_)();
    // So that a test can tell the new scene's answers from the old one's.
    status.program_version += "-" + name_;
    return status;
  }
  void Show(const std::string& name) {
    const std::lock_guard lock(mutex_);
    name_ = name;
  }

 private:
  std::mutex mutex_;
  std::string name_ = "drifted";
};

std::unique_ptr<HttpServer> Serve(Scene& scene, std::uint16_t port) {
  Router router;
  AddStatusRoutes(router, [&scene] { return scene.Read(); });
  return std::make_unique<HttpServer>("127.0.0.1:" + std::to_string(port),
                                      std::move(router));
}

int Run() {
  Scene scene;
  std::unique_ptr<HttpServer> server = Serve(scene, 0);
  const std::uint16_t port = server->port();
  std::cout << port << std::endl;
  for (std::string word; std::getline(std::cin, word);) {
    if (word == "down") {
      server.reset();
    } else if (word == "up") {
      server = Serve(scene, port);
    } else if (Scenes().contains(word)) {
      scene.Show(word);
    } else {
      throw UsageError({.where = "standard input",
                        .expected = "down, up or a scene",
                        .got = word});
    }
    std::cout << "done" << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace tidemill

int main() {
  try {
    return tidemill::Run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
