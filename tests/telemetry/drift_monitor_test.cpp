#include "tidemill/telemetry/drift_monitor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/drift_testing.h"
#include "telemetry/scrape.h"
#include "tidemill/telemetry/service_metrics.h"

namespace tidemill {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

using Labels = std::map<std::string, std::string>;

/// A scrape read back as Prometheus reads it.
class Series {
 public:
  explicit Series(const DriftMonitor& monitor) {
    std::istringstream lines(Scrape(monitor));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('#')) Read(line);
    }
  }

  /// The value of the only series with these labels, whatever others it has.
  double Value(const std::string& name, const Labels& labels = {}) const {
    std::vector<double> found;
    for (const auto& [key, value] : series_) {
      const bool all = std::ranges::all_of(labels, [&](const auto& label) {
        const auto has = key.second.find(label.first);
        return has != key.second.end() && has->second == label.second;
      });
      if (key.first == name && all) found.push_back(value);
    }
    EXPECT_EQ(found.size(), 1U) << name;
    return found.size() == 1 ? found[0] : std::nan("");
  }

  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& [key, value] : series_) names.insert(key.first);
    return names;
  }

  std::set<std::string> ValuesOf(const std::string& name,
                                 const std::string& label) const {
    std::set<std::string> values;
    for (const auto& [key, value] : series_) {
      if (key.first == name) values.insert(key.second.at(label));
    }
    return values;
  }

  const auto& all() const { return series_; }

 private:
  void Read(const std::string& line) {
    std::size_t at = line.find_first_of("{ ");
    const std::string name = line.substr(0, at);
    Labels labels;
    if (line[at] == '{') {
      while (line[at] != '}') ReadLabel(line, ++at, labels);
      ++at;
    }
    const double value = std::strtod(line.c_str() + at, nullptr);
    EXPECT_TRUE(series_.emplace(std::pair(name, labels), value).second)
        << "twice: " << line;
  }

  static void ReadLabel(const std::string& line, std::size_t& at,
                        Labels& labels) {
    const std::size_t equals = line.find('=', at);
    std::string& value = labels[line.substr(at, equals - at)];
    for (at = equals + 2; line[at] != '"'; ++at) {
      if (line[at] != '\\') {
        value += line[at];
      } else {
        ++at;
        value += line[at] == 'n' ? '\n' : line[at];
      }
    }
    ++at;
  }

  std::map<std::pair<std::string, Labels>, double> series_;
};

class DriftMonitorTest : public testing::Test {
 protected:
  DriftCountsPtr Watch(DriftMonitor& monitor, std::uint32_t version = 7,
                       const std::string& digest = "7c9e") const {
    return monitor.ForVersion("churn", version, digest, example_.schema,
                              example_.features, example_.baselines);
  }

  static DriftOptions FewEvents() {
    DriftOptions options;
    options.window = {.time = seconds(32), .events = 100};
    options.min_events = 100;
    return options;
  }

  /// Events as they were in training.
  static void CountUsual(DriftCounts& counts, std::uint32_t hundreds) {
    const std::uint32_t n = hundreds;
    CountEvents(counts, 50 * n,
                {{"tenure", "[0,10)"}, {"contract", "Month"}, {"", "[0,0.5)"}});
    CountEvents(
        counts, 25 * n,
        {{"tenure", "[10,20]"}, {"contract", "Month"}, {"", "[0.5,1]"}});
    CountEvents(counts, 15 * n,
                {{"tenure", "[10,20]"}, {"contract", "Year"}, {"", "[0.5,1]"}});
    CountEvents(counts, 10 * n,
                {{"tenure", "missing"}, {"contract", "Year"}, {"", "[0.5,1]"}});
  }

  static std::vector<std::string> Over(const DriftMonitor& monitor,
                                       std::size_t feature) {
    return monitor.Read().at(0).features.at(feature).over;
  }

  DriftExample example_;
};

TEST_F(DriftMonitorTest, WithoutVersionsItTellsItsOptions) {
  DriftOptions options;
  options.sample = 0.25;
  DriftMonitor monitor("churn", options);
  monitor.Update(SteadyTime{});
  const Series series(monitor);
  EXPECT_EQ(series.Value("tidemill_drift_min_events"), 5000.0);
  EXPECT_EQ(series.Value("tidemill_drift_sample_ratio"), 0.25);
  EXPECT_THAT(series.Names(),
              UnorderedElementsAre("tidemill_drift_min_events",
                                   "tidemill_drift_sample_ratio",
                                   "tidemill_drift_threshold"));
  EXPECT_THAT(monitor.Read(), IsEmpty());
}

TEST_F(DriftMonitorTest, AThresholdThatIsOffIsNotExported) {
  const DriftMonitor monitor("churn", {});
  const Series series(monitor);
  EXPECT_EQ(
      series.Value("tidemill_drift_threshold", {{"statistic", "score_psi"}}),
      0.2);
  EXPECT_THAT(series.ValuesOf("tidemill_drift_threshold", "statistic"),
              UnorderedElementsAre("psi", "ks", "missing_ratio", "unseen_ratio",
                                   "out_of_range_ratio", "score_psi"));
}

TEST_F(DriftMonitorTest, WithoutEventsThereAreBaselinesAndNoFigures) {
  DriftMonitor monitor("churn", {});
  const DriftCountsPtr counts = Watch(monitor);
  for (int updates = 0; updates < 2; ++updates) {
    const Series series(monitor);
    for (const auto& [key, value] : series.all()) {
      EXPECT_TRUE(std::isfinite(value)) << key.first;
      if (key.first.ends_with("_bin_total")) {
        EXPECT_EQ(value, 0.0);
      }
    }
    EXPECT_EQ(series.Value("tidemill_feature_baseline_ratio",
                           {{"feature", "tenure"}, {"bin", "[10,20]"}}),
              0.4);
    EXPECT_EQ(
        series.Value("tidemill_score_baseline_ratio", {{"bin", "[0.5,1]"}}),
        0.5);
    EXPECT_EQ(series.Value("tidemill_drift_window_events"), 0.0);
    EXPECT_EQ(series.Value("tidemill_drift_baseline_rows"), 100.0);
    EXPECT_EQ(series.Value("tidemill_drift_skipped_columns"), 0.0);
    EXPECT_THAT(series.Names(), Not(Contains("tidemill_feature_psi")));
    EXPECT_THAT(series.Names(), Not(Contains("tidemill_score_psi")));
    monitor.Update(SteadyTime(seconds(updates)));
  }
}

TEST_F(DriftMonitorTest, CountersAreReadAtTheScrapeAndFiguresAtTheUpdate) {
  DriftMonitor monitor("churn", {});
  const DriftCountsPtr counts = Watch(monitor);
  monitor.Update(SteadyTime{});
  CountEvents(*counts, 3, {{"tenure", "above"}, {"contract", "Year"}});
  const Labels above = {{"feature", "tenure"}, {"bin", "above"}};
  Series series(monitor);
  EXPECT_EQ(series.Value("tidemill_feature_bin_total", above), 3.0);
  EXPECT_EQ(series.Value("tidemill_drift_window_events"), 0.0);
  monitor.Update(SteadyTime(seconds(5)));
  series = Series(monitor);
  EXPECT_EQ(series.Value("tidemill_drift_window_events"), 3.0);
  EXPECT_EQ(series.Value("tidemill_drift_window_seconds"), 5.0);
  EXPECT_EQ(series.Value("tidemill_feature_out_of_range_ratio",
                         {{"feature", "tenure"}}),
            1.0);
  EXPECT_EQ(series.ValuesOf("tidemill_feature_out_of_range_ratio", "feature"),
            std::set<std::string>{"tenure"});
}

TEST_F(DriftMonitorTest, UsualEventsAreAtNoDistance) {
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr counts = Watch(monitor);
  CountUsual(*counts, 10);
  monitor.Update(SteadyTime{});
  const Series series(monitor);
  const Labels tenure = {{"feature", "tenure"}};
  const Labels contract = {{"feature", "contract"}};
  EXPECT_NEAR(series.Value("tidemill_feature_psi", tenure), 0.0, 1e-12);
  EXPECT_NEAR(series.Value("tidemill_feature_ks", tenure), 0.0, 1e-12);
  EXPECT_NEAR(series.Value("tidemill_feature_wasserstein", tenure), 0.0, 1e-12);
  EXPECT_NEAR(series.Value("tidemill_feature_chi2_pvalue", contract), 1.0,
              1e-12);
  EXPECT_EQ(series.Value("tidemill_feature_missing_ratio", tenure), 0.1);
  EXPECT_NEAR(series.Value("tidemill_score_psi"), 0.0, 1e-12);
  const DriftReport report = monitor.Read().at(0);
  EXPECT_EQ(report.model, "churn");
  EXPECT_EQ(report.version, 7U);
  EXPECT_EQ(report.window_events, 1000U);
  EXPECT_THAT(report.features.at(0).window,
              ElementsAre(0.0, 0.5, 0.4, 0.0, 0.1));
  EXPECT_THAT(report.features.at(0).over, IsEmpty());
  EXPECT_THAT(report.features.at(1).over, IsEmpty());
  EXPECT_THAT(report.score->over, IsEmpty());
}

TEST_F(DriftMonitorTest, FarFiguresAreOverTheirThresholds) {
  DriftOptions options = FewEvents();
  options.thresholds.js_distance = 0.1;
  DriftMonitor monitor("churn", options);
  const DriftCountsPtr counts = Watch(monitor);
  CountEvents(*counts, 200,
              {{"tenure", "above"}, {"contract", "unseen"}, {"", "[0.5,1]"}});
  CountEvents(*counts, 100,
              {{"tenure", "missing"}, {"contract", "Year"}, {"", "[0.5,1]"}});
  monitor.Update(SteadyTime{});
  EXPECT_THAT(Over(monitor, 0),
              ElementsAre("psi", "js_distance", "ks", "missing_ratio",
                          "out_of_range_ratio"));
  EXPECT_THAT(Over(monitor, 1),
              ElementsAre("psi", "js_distance", "unseen_ratio"));
  EXPECT_EQ(monitor.Read().at(0).score->feature, "score");
  EXPECT_THAT(monitor.Read().at(0).score->over, ElementsAre("score_psi"));
}

TEST_F(DriftMonitorTest, MissingValuesCountFromTheBaselinesShare) {
  DriftOptions options = FewEvents();
  options.thresholds = {.psi = 0, .ks = 0, .missing_ratio = 0.25};
  DriftMonitor monitor("churn", options);
  const DriftCountsPtr counts = Watch(monitor);
  // A tenth was missing in training: 0.34 is not over 0.1 + 0.25.
  CountEvents(*counts, 660, {{"tenure", "[0,10)"}, {"contract", "Month"}});
  CountEvents(*counts, 340, {{"tenure", "missing"}, {"contract", "Month"}});
  monitor.Update(SteadyTime{});
  EXPECT_THAT(Over(monitor, 0), IsEmpty());
  CountEvents(*counts, 30, {{"tenure", "missing"}, {"contract", "Month"}});
  monitor.Update(SteadyTime(seconds(1)));
  EXPECT_THAT(Over(monitor, 0), ElementsAre("missing_ratio"));
}

TEST_F(DriftMonitorTest, AThresholdOfZeroIsOff) {
  DriftOptions options = FewEvents();
  options.thresholds = {.psi = 0,
                        .js_distance = 0,
                        .ks = 0,
                        .missing_ratio = 0,
                        .unseen_ratio = 0,
                        .out_of_range_ratio = 0,
                        .score_psi = 0};
  DriftMonitor monitor("churn", options);
  const DriftCountsPtr counts = Watch(monitor);
  CountEvents(*counts, 1000,
              {{"tenure", "above"}, {"contract", "unseen"}, {"", "[0.5,1]"}});
  monitor.Update(SteadyTime{});
  EXPECT_THAT(Over(monitor, 0), IsEmpty());
  EXPECT_THAT(Over(monitor, 1), IsEmpty());
  EXPECT_THAT(monitor.Read().at(0).score->over, IsEmpty());
  EXPECT_THAT(Series(monitor).Names(),
              Not(Contains("tidemill_drift_threshold")));
}

TEST_F(DriftMonitorTest, BelowTheLeastEventsNothingIsCalledDrift) {
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr counts = Watch(monitor);
  CountEvents(*counts, 99, {{"tenure", "above"}, {"contract", "unseen"}});
  monitor.Update(SteadyTime{});
  EXPECT_GT(*monitor.Read().at(0).features.at(0).figures.psi, 1.0);
  EXPECT_THAT(Over(monitor, 0), IsEmpty());
  CountEvents(*counts, 1, {{"tenure", "above"}, {"contract", "unseen"}});
  monitor.Update(SteadyTime(seconds(1)));
  EXPECT_THAT(Over(monitor, 0), Not(IsEmpty()));
}

TEST_F(DriftMonitorTest, FiguresAreOfTheWindowCountersOfAll) {
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr counts = Watch(monitor);
  for (int s = 0; s < 100; ++s) {
    CountEvents(*counts, 10, {{"tenure", "above"}, {"contract", "Month"}});
    monitor.Update(SteadyTime(seconds(s)));
  }
  EXPECT_THAT(Over(monitor, 0), Contains("out_of_range_ratio"));
  for (int s = 100; s < 140; ++s) {
    CountUsual(*counts, 1);
    monitor.Update(SteadyTime(seconds(s)));
  }
  EXPECT_THAT(Over(monitor, 0), IsEmpty());
  const Series series(monitor);
  EXPECT_EQ(series.Value("tidemill_feature_out_of_range_ratio",
                         {{"feature", "tenure"}}),
            0.0);
  EXPECT_EQ(series.Value("tidemill_feature_bin_total",
                         {{"feature", "tenure"}, {"bin", "above"}}),
            1000.0);
}

TEST_F(DriftMonitorTest, ASwapTakesTheOldSeriesAndBeginsAnEmptyWindow) {
  DriftMonitor monitor("churn", FewEvents());
  DriftCountsPtr old = Watch(monitor, 7, "old");
  CountEvents(*old, 1000, {{"tenure", "above"}, {"contract", "Month"}});
  monitor.Update(SteadyTime{});
  const DriftCountsPtr next = Watch(monitor, 8, "new");
  CountEvents(*next, 99, {{"tenure", "above"}, {"contract", "Month"}});
  monitor.Update(SteadyTime(seconds(1)));
  EXPECT_THAT(Series(monitor).ValuesOf("tidemill_feature_psi", "version"),
              UnorderedElementsAre("7", "8"));

  old.reset();
  // Gone at once, not only after the next update.
  for (int updates = 0; updates < 2; ++updates) {
    const Series series(monitor);
    for (const char* name :
         {"tidemill_feature_bin_total", "tidemill_feature_psi",
          "tidemill_drift_window_events", "tidemill_score_bin_total"}) {
      EXPECT_THAT(series.ValuesOf(name, "version"), UnorderedElementsAre("8"));
    }
    monitor.Update(SteadyTime(seconds(2 + updates)));
  }
  ASSERT_EQ(monitor.Read().size(), 1U);
  EXPECT_EQ(monitor.Read().at(0).window_events, 99U);
  EXPECT_THAT(Over(monitor, 0), IsEmpty());
}

TEST_F(DriftMonitorTest, AVersionThatComesBackStartsAnew) {
  DriftMonitor monitor("churn", FewEvents());
  DriftCountsPtr counts = Watch(monitor);
  CountUsual(*counts, 3);
  monitor.Update(SteadyTime{});
  counts.reset();
  counts = Watch(monitor);
  monitor.Update(SteadyTime(seconds(1)));
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_window_events"), 0.0);
  EXPECT_EQ(counts->events(), 0U);
}

TEST_F(DriftMonitorTest, AVersionHeldTwiceHasOneSetOfCounts) {
  DriftMonitor monitor("churn", FewEvents());
  DriftCountsPtr canary = Watch(monitor);
  const DriftCountsPtr champion = Watch(monitor);
  EXPECT_EQ(champion, canary);
  CountUsual(*canary, 2);
  canary.reset();
  CountUsual(*champion, 1);
  monitor.Update(SteadyTime{});
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_window_events"), 300.0);
}

TEST_F(DriftMonitorTest, OfTwoFilesUnderOneVersionTheLastAskedForIsExported) {
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr first = Watch(monitor, 0, "first");
  DriftCountsPtr second = Watch(monitor, 0, "second");
  ASSERT_NE(first, second);
  CountUsual(*first, 1);
  CountUsual(*second, 2);
  monitor.Update(SteadyTime{});
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_window_events"), 200.0);
  EXPECT_EQ(monitor.Read().size(), 1U);
  Watch(monitor, 0, "first");
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_window_events"), 100.0);
  Watch(monitor, 0, "second");
  second.reset();
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_window_events"), 100.0);
}

TEST_F(DriftMonitorTest, AVersionWithoutBaselinesSaysSoAndBreaksNothing) {
  example_.baselines = {};
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr counts = Watch(monitor);
  CountEvents(*counts, 1000, {});
  monitor.Update(SteadyTime{});
  const Series series(monitor);
  EXPECT_EQ(series.Value("tidemill_drift_skipped_columns"), 3.0);
  EXPECT_EQ(series.Value("tidemill_drift_baseline_rows"), 0.0);
  EXPECT_EQ(series.Value("tidemill_drift_window_events"), 1000.0);
  EXPECT_THAT(series.Names(), Not(Contains("tidemill_feature_bin_total")));
  const DriftReport report = monitor.Read().at(0);
  EXPECT_EQ(report.skipped.size(), 3U);
  EXPECT_THAT(report.features, IsEmpty());
  EXPECT_FALSE(report.score);
}

TEST_F(DriftMonitorTest, FeaturesAreWatchedOnRequest) {
  DriftOptions options = FewEvents();
  options.features = true;
  DriftMonitor monitor("churn", options);
  const DriftCountsPtr counts = Watch(monitor);
  monitor.Update(SteadyTime{});
  const Series series(monitor);
  EXPECT_THAT(series.ValuesOf("tidemill_feature_bin_total", "feature"),
              UnorderedElementsAre("tenure", "contract", "pipeline/tenure"));
  EXPECT_EQ(series.Value("tidemill_feature_baseline_ratio",
                         {{"feature", "pipeline/tenure"}, {"bin", "[0,10)"}}),
            0.6);
}

TEST_F(DriftMonitorTest, LabelsSurviveAScrape) {
  const std::string name =
      "a \"b\"\\\nm\xC3\xB6"
      "del";
  const std::string category = "\xE6\x97\xA5\n\"\\n";
  const std::vector<std::string> categories = {category, ""};
  example_.schema = Schema({CategoryField(name, categories)}, "", "");
  example_.baselines.fields = {
      BaselineOfCategories(name, categories, {30, 70})};
  DriftMonitor monitor("m\"s\n", FewEvents());
  const DriftCountsPtr counts =
      monitor.ForVersion("x\xFF\"\n", 7, "7c9e", example_.schema,
                         example_.features, example_.baselines);
  CountEvents(*counts, 3, {{name, category}, {"", "[0,0.5)"}});
  monitor.Update(SteadyTime{});
  EXPECT_EQ(Series(monitor).Value("tidemill_feature_bin_total",
                                  {{"service", "m\"s\n"},
                                   {"model", "x\xEF\xBF\xBD\"\n"},
                                   {"version", "7"},
                                   {"feature", name},
                                   {"bin", category}}),
            3.0);
  EXPECT_EQ(Series(monitor).ValuesOf("tidemill_feature_bin_total", "bin"),
            (std::set<std::string>{category, "\"\"", "unseen", "missing"}));
}

TEST_F(DriftMonitorTest, ModelsWithOneLabelAreExportedOnce) {
  DriftMonitor monitor("churn", FewEvents());
  std::vector<DriftCountsPtr> held;
  for (const char* model : {"a\xFE", "a\xFF"}) {
    held.push_back(monitor.ForVersion(model, 1, model, example_.schema,
                                      example_.features, example_.baselines));
  }
  monitor.Update(SteadyTime{});
  EXPECT_EQ(Series(monitor).Value("tidemill_drift_baseline_rows"), 100.0);
}

TEST_F(DriftMonitorTest, AServiceHasOneOfItsNameAndOptions) {
  DriftOptions options;
  options.min_events = 77;
  const ServiceMetrics service("a\xFF", nullptr, {}, options);
  EXPECT_EQ(
      Series(*service.drift())
          .Value("tidemill_drift_min_events", {{"service", "a\xEF\xBF\xBD"}}),
      77.0);
}

TEST_F(DriftMonitorTest, ThreadsMayDoEverythingAtOnce) {
  DriftMonitor monitor("churn", FewEvents());
  const DriftCountsPtr champion = Watch(monitor);
  std::atomic<bool> stop{false};
  std::atomic<int> scraped{0};
  std::atomic<int> swapped{0};
  std::jthread scrapes([&] {
    for (; !stop; ++scraped) {
      EXPECT_FALSE(monitor.Collect().empty());
      EXPECT_GE(monitor.Read().size(), 1U);
    }
  });
  std::jthread swaps([&] {
    for (; !stop; ++swapped) {
      const DriftCountsPtr other = Watch(monitor, 8);
      EXPECT_EQ(Watch(monitor), champion);
      CountUsual(*other, 1);
    }
  });
  for (int s = 0; scraped < 100 || swapped < 100; ++s) {
    CountUsual(*champion, 1);
    monitor.Update(SteadyTime(seconds(s)));
  }
  stop = true;
  scrapes.join();
  swaps.join();
  EXPECT_EQ(monitor.Read().size(), 1U);
}

TEST_F(DriftMonitorTest, FamiliesAreSortedAndExplained) {
  DriftOptions options = FewEvents();
  options.features = true;
  DriftMonitor monitor("churn", options);
  const DriftCountsPtr counts = Watch(monitor);
  CountUsual(*counts, 1);
  monitor.Update(SteadyTime{});
  std::string before;
  for (const prometheus::MetricFamily& family : monitor.Collect()) {
    EXPECT_LT(before, family.name);
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_FALSE(family.metric.empty()) << family.name;
    EXPECT_EQ(family.type == prometheus::MetricType::Counter,
              family.name.ends_with("_total"));
    before = family.name;
  }
}

}  // namespace
}  // namespace tidemill
