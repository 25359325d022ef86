#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consumers/top/figures.h"
#include "consumers/top/json.h"
#include "consumers/top/text.h"

namespace tidemill {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Optional;

Scrape At(int seconds, const std::string& text) {
  const MetricsText read = ParseMetricsText(text);
  EXPECT_EQ(read.bad_lines, 0U) << testing::PrintToString(read.complaints);
  Scrape scrape;
  scrape.reading =
      ReadInstance(read.samples, SteadyTime(std::chrono::seconds(seconds)));
  return scrape;
}

Scrape Away() {
  Scrape scrape;
  scrape.error = "expected an answer, got none";
  return scrape;
}

TopTracker Tracker(int instances) {
  std::vector<TopTarget> targets;
  for (int i = 0; i < instances; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    targets.push_back({.url = "http://" + name + ":1/metrics", .name = name});
  }
  return TopTracker(targets);
}

std::string Scored(int count, int start_time = 1) {
  return "process_start_time_seconds " + std::to_string(start_time) +
         "\ntidemill_events_total{service=\"s\",outcome=\"scored\"} " +
         std::to_string(count) + "\n";
}

std::optional<double> Rate(const TopFigures& figures) {
  return figures.sum.traffic.events_per_second;
}

TEST(TopTrackerTest, HasNoRatesAfterOneReading) {
  EXPECT_EQ(Rate(Tracker(1).Update({At(1, Scored(10))})), std::nullopt);
}

TEST(TopTrackerTest, RatesAreOverTheTimeBetween) {
  TopTracker tracker = Tracker(2);
  tracker.Update({At(1, Scored(10)), At(1, Scored(0))});
  const TopFigures figures =
      tracker.Update({At(3, Scored(50)), At(5, Scored(40))});
  EXPECT_THAT(Rate(figures), Optional(DoubleEq(20.0 + 10.0)));
  EXPECT_THAT(figures.instances[1].traffic.events_per_second,
              Optional(DoubleEq(10.0)));
}

TEST(TopTrackerTest, ACounterThatFellBeganAnew) {
  TopTracker tracker = Tracker(1);
  tracker.Update({At(1, Scored(1000))});
  EXPECT_THAT(Rate(tracker.Update({At(2, Scored(30))})),
              Optional(DoubleEq(30.0)));
}

TEST(TopTrackerTest, ARestartShowsThoughTheCounterIsAbove) {
  TopTracker tracker = Tracker(1);
  tracker.Update({At(1, Scored(10, 1))});
  EXPECT_THAT(Rate(tracker.Update({At(2, Scored(50, 2))})),
              Optional(DoubleEq(50.0)));
}

TEST(TopTrackerTest, OneThatIsAwayIsSaidSoAndTheOthersGoOn) {
  TopTracker tracker = Tracker(2);
  tracker.Update({At(1, Scored(0)), At(1, Scored(0))});
  TopFigures figures = tracker.Update({At(2, Scored(5)), Away()});
  EXPECT_THAT(Rate(figures), Optional(DoubleEq(5.0)));
  EXPECT_EQ(figures.sum.answering, 1U);
  EXPECT_EQ(figures.instances[1].error, "expected an answer, got none");
  // Back, it is compared with its last reading: 4 s ago.
  figures = tracker.Update({At(3, Scored(5)), At(5, Scored(40))});
  EXPECT_THAT(Rate(figures), Optional(DoubleEq(10.0)));
}

std::string Latency(int fast, int slow) {
  const std::string name =
      "tidemill_end_to_end_latency_seconds_bucket{service=\"s\",model=\"m\","
      "version=\"1\",variant=\"champion\",le=";
  return name + "\"0.001\"} " + std::to_string(fast) + "\n" + name +
         "\"0.01\"} " + std::to_string(fast + slow) + "\n" + name +
         "\"+Inf\"} " + std::to_string(fast + slow) + "\n";
}

TEST(TopTrackerTest, QuantilesAreOfTheIntervalAndOfAllInstances) {
  TopTracker tracker = Tracker(2);
  // Before: 1,000 slow ones, which must not be seen.
  tracker.Update({At(1, Latency(0, 1000)), At(1, Latency(0, 0))});
  const TopFigures figures =
      tracker.Update({At(2, Latency(80, 1000)), At(2, Latency(0, 20))});
  // Rank 50 of 80 within (0, 1 ms]; rank 99: 19 of 20 within (1, 10] ms.
  EXPECT_THAT(figures.sum.traffic.latency_p50,
              Optional(DoubleEq(0.001 * 50.0 / 80.0)));
  EXPECT_NEAR(*figures.sum.traffic.latency_p99, 0.001 + 0.009 * 19.0 / 20.0,
              1e-12);
  EXPECT_NEAR(*figures.versions[0].latency_p99, 0.001 + 0.009 * 19.0 / 20.0,
              1e-12);
  EXPECT_THAT(figures.instances[0].traffic.latency_p50,
              Optional(DoubleEq(0.0005)));
}

TEST(TopTrackerTest, AHistogramThatFellBeganAnew) {
  TopTracker tracker = Tracker(1);
  tracker.Update({At(1, Latency(100, 0))});
  const TopFigures figures = tracker.Update({At(2, Latency(10, 190))});
  EXPECT_NEAR(*figures.sum.traffic.latency_p50, 0.001 + 0.009 * 90.0 / 190.0,
              1e-12);
}

std::string Version(const std::string& version, const std::string& digest,
                    const std::string& variant, int scored) {
  const std::string labels = "service=\"s\",model=\"m\",version=\"" + version +
                             "\",variant=\"" + variant + "\",";
  return "tidemill_model_info{" + labels + "digest=\"" + digest +
         "\",engine=\"e\"} 1\ntidemill_version_events_total{" + labels +
         "outcome=\"scored\"} " + std::to_string(scored) + "\n";
}

TEST(TopTrackerTest, TellsVersionsFilesAndRolesApart) {
  TopTracker tracker = Tracker(2);
  const auto texts = [](int champion, int canary, int other) {
    return std::pair(Version("0", "aaaa", "champion", champion) +
                         Version("7", "cccc", "canary", canary),
                     Version("0", "bbbb", "champion", other));
  };
  const auto before = texts(0, 0, 0);
  const auto after = texts(60, 20, 20);
  tracker.Update({At(1, before.first), At(1, before.second)});
  const TopFigures figures =
      tracker.Update({At(2, after.first), At(2, after.second)});
  ASSERT_EQ(figures.versions.size(), 3U);
  EXPECT_EQ(figures.instances[0].champion, "m@0/aaaa");
  EXPECT_EQ(figures.instances[1].champion, "m@0/bbbb");
  EXPECT_EQ(figures.versions[0].digest, "aaaa");
  EXPECT_THAT(figures.versions[0].share, Optional(DoubleEq(0.6)));
  EXPECT_THAT(figures.versions[0].instances, ElementsAre("a"));
  EXPECT_EQ(figures.versions[1].digest, "bbbb");
  EXPECT_EQ(figures.versions[2].variant, "canary");
  EXPECT_THAT(figures.versions[2].share, Optional(DoubleEq(0.2)));
}

TEST(TopTrackerTest, UnusableValuesAreCountedAndNotUsed) {
  const TopFigures figures = Tracker(1).Update(
      {At(1,
          "tidemill_ready{service=\"s\"} NaN\n"
          "tidemill_kafka_consumer_lag_records{service=\"s\"} +Inf\n"
          "tidemill_events_total{service=\"s\",outcome=\"failed\"} -1\n"
          "tidemill_events_total{service=\"other\",outcome=\"failed\"} 1\n")});
  EXPECT_EQ(figures.instances[0].unusable, 4U);
  EXPECT_EQ(figures.instances[0].ready, std::nullopt);
  EXPECT_EQ(figures.sum.lag_records, std::nullopt);
}

/// Counters of a number with two bins; training had 900 low, 100 high rows.
std::string Drift(int low, int high, const std::string& more = "") {
  std::string text =
      "tidemill_drift_min_events{service=\"s\"} 100\n"
      "tidemill_drift_threshold{service=\"s\",statistic=\"psi\"} 0.1\n"
      "tidemill_drift_threshold{service=\"s\",statistic=\"ks\"} 0.2\n"
      "tidemill_drift_baseline_rows{service=\"s\",model=\"m\",version=\"1\"} "
      "1000\n" +
      more;
  const auto add = [&](const std::string& bin, int count, double share) {
    const std::string labels =
        "{service=\"s\",model=\"m\",version=\"1\",feature=\"x\",bin=\"" + bin +
        "\"} ";
    text += "tidemill_feature_bin_total" + labels + std::to_string(count) +
            "\ntidemill_feature_baseline_ratio" + labels +
            std::to_string(share) + "\n";
  };
  add("above", 0, 0.0);
  add("[10,20]", high, 0.1);
  add("below", 0, 0.0);
  add("[0,10)", low, 0.9);
  add("missing", 0, 0.0);
  return text;
}

const DriftStatistic& Statistic(const TopFigures& figures,
                                std::string_view name) {
  for (const DriftStatistic& statistic :
       figures.drift.at(0).columns.at(0).statistics) {
    if (statistic.name == name) return statistic;
  }
  throw std::out_of_range(std::string(name));
}

TEST(TopTrackerTest, DriftIsOfTheBinsOfAllInstances) {
  // Each one alone is far off; together they are 900 to 100 again.
  const TopFigures figures =
      Tracker(2).Update({At(1, Drift(900, 0)), At(1, Drift(0, 100))});
  ASSERT_EQ(figures.drift.size(), 1U);
  EXPECT_EQ(figures.drift[0].columns[0].events, 1000.0);
  EXPECT_THAT(Statistic(figures, "psi").value, Optional(DoubleEq(0.0)));
  EXPECT_THAT(Statistic(figures, "ks").value, Optional(DoubleEq(0.0)));
  EXPECT_FALSE(figures.drift[0].columns[0].IsDrift());
}

TEST(TopTrackerTest, DriftNamesTheStatisticFurthestOver) {
  const TopFigures figures = Tracker(1).Update({At(1, Drift(500, 500))});
  const DriftColumnFigures& column = figures.drift[0].columns[0];
  EXPECT_TRUE(column.IsDrift());
  EXPECT_EQ(column.lead().name, "psi");
  EXPECT_NEAR(*column.lead().value,
              -0.4 * std::log(0.5 / 0.9) + 0.4 * std::log(0.5 / 0.1), 1e-9);
  EXPECT_TRUE(Statistic(figures, "ks").over);
  EXPECT_NEAR(*Statistic(figures, "ks").value, 0.4, 1e-12);
  EXPECT_FALSE(figures.drift[0].since_start);
}

TEST(TopTrackerTest, DriftIsNoVerdictBelowTheLeastEvents) {
  const TopFigures figures = Tracker(1).Update({At(1, Drift(0, 99))});
  EXPECT_FALSE(figures.drift[0].columns[0].enough);
  EXPECT_FALSE(figures.drift[0].columns[0].IsDrift());
}

TEST(TopTrackerTest, DriftIsOfTheIncreaseOnceThatIsEnough) {
  TopTracker tracker = Tracker(1);
  tracker.Update({At(1, Drift(90'000, 10'000))});
  EXPECT_FALSE(
      tracker.Update({At(2, Drift(90'000, 10'099))}).drift[0].since_start);
  const TopFigures figures = tracker.Update({At(3, Drift(90'000, 10'200))});
  EXPECT_TRUE(figures.drift[0].since_start);
  EXPECT_EQ(figures.drift[0].columns[0].events, 200.0);
  EXPECT_TRUE(figures.drift[0].columns[0].IsDrift());
}

TEST(TopTrackerTest, TheIncreaseGoesOnOverARestart) {
  TopTracker tracker = Tracker(1);
  tracker.Update({At(1, Drift(1000, 0))});
  tracker.Update({At(2, Drift(1300, 0))});
  const TopFigures figures = tracker.Update({At(3, Drift(40, 10))});
  EXPECT_TRUE(figures.drift[0].since_start);
  EXPECT_EQ(figures.drift[0].columns[0].events, 350.0);
}

TEST(TopTrackerTest, AnInstancesOwnWindowCountsToo) {
  const TopFigures figures = Tracker(1).Update(
      {At(1, Drift(900, 100,
                   "tidemill_drift_window_events{service=\"s\",model=\"m\","
                   "version=\"1\"} 500\n"
                   "tidemill_feature_ks{service=\"s\",model=\"m\",version="
                   "\"1\",feature=\"x\"} 0.9\n"))});
  const DriftColumnFigures& column = figures.drift[0].columns[0];
  EXPECT_TRUE(column.IsDrift());
  EXPECT_EQ(column.lead().name, "ks");
  EXPECT_FALSE(column.lead().over);
  EXPECT_EQ(column.lead().instances_over, 1U);
  EXPECT_THAT(column.lead().by_instance, ElementsAre(Optional(0.9)));
}

TEST(TopTrackerTest, OtherBaselinesAreNotAddedUp) {
  std::string other = Drift(0, 100);
  other.replace(other.find("0.900000"), 8, "0.800000");
  const TopFigures figures =
      Tracker(2).Update({At(1, Drift(900, 0)), At(1, other)});
  EXPECT_EQ(figures.drift[0].columns[0].problem,
            "the instances' baselines differ");
}

TEST(TopTrackerTest, OtherFilesAreNotAddedUp) {
  const TopFigures figures = Tracker(2).Update(
      {At(1, Drift(900, 0) + Version("1", "aaaa", "champion", 0)),
       At(1, Drift(0, 100) + Version("1", "bbbb", "champion", 0))});
  EXPECT_EQ(figures.drift.size(), 2U);
}

TEST(TopJsonTest, SaysNullForWhatIsNotKnown) {
  const std::string text =
      TopJson(Tracker(2).Update({At(1, Drift(500, 500)), Away()}), WallTime{});
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["time"], "1970-01-01T00:00:00.000000Z");
  EXPECT_TRUE(json["sum"]["events_per_second"].is_null());
  EXPECT_EQ(json["instances"][1]["answers"], false);
  EXPECT_EQ(json["drift"][0]["counted"], "since_loaded");
  const auto& feature = json["drift"][0]["features"][0];
  EXPECT_EQ(feature["feature"], "x");
  EXPECT_EQ(feature["worst"], "psi");
  EXPECT_EQ(feature["events"], 1000.0);
  EXPECT_EQ(feature["statistics"]["psi"]["over"], true);
  EXPECT_TRUE(feature["statistics"]["unseen_ratio"]["value"].is_null());
  EXPECT_TRUE(json["drift"][0]["score"].is_null());
}

}  // namespace
}  // namespace tidemill
