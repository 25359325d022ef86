#include "tidemill/rollout/version_counts.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tidemill {
namespace {

using std::chrono::nanoseconds;
using Bins = std::vector<std::uint64_t>;

/// The bin that the only event of this time falls into.
std::size_t BinOf(nanoseconds time) {
  VersionCounts counts({});
  counts.Add({.events = 1, .time = time});
  const Bins bins = counts.Read().time_bins;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i] == 1) return i;
  }
  return bins.size();
}

TEST(VersionCountsTest, AddsUp) {
  VersionCounts counts({0.5});
  counts.Add({.events = 3, .errors = 1, .cells = 30, .missing = 2});
  counts.Add({.events = 2, .cells = 20});
  const VersionTotals totals = counts.Read();
  EXPECT_EQ(totals.events, 5U);
  EXPECT_EQ(totals.errors, 1U);
  EXPECT_EQ(totals.cells, 50U);
  EXPECT_EQ(totals.missing, 2U);
}

TEST(VersionCountsTest, AScoreFallsIntoTheBinAboveItsLowerEdge) {
  VersionCounts counts({0.2, 0.5});
  for (const double score : {0.1, 0.2, 0.3, 0.5, 9.0, -9.0}) {
    counts.AddScore(score);
  }
  EXPECT_EQ(counts.Read().score_bins, (Bins{2, 2, 2}));
}

TEST(VersionCountsTest, InfiniteScoresHaveABinAndNaNHasNone) {
  VersionCounts counts({0.5});
  counts.AddScore(std::numeric_limits<double>::infinity());
  counts.AddScore(-std::numeric_limits<double>::infinity());
  counts.AddScore(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(counts.Read().score_bins, (Bins{1, 1}));
}

TEST(VersionCountsTest, WithoutEdgesThereIsOneScoreBin) {
  VersionCounts counts({});
  counts.AddScore(3.0);
  EXPECT_EQ(counts.Read().score_bins, (Bins{1}));
}

TEST(VersionCountsTest, EveryEventOfAGroupWaitedForTheWholeGroup) {
  VersionCounts counts({});
  counts.Add({.events = 7, .time = nanoseconds(10'000)});
  const Bins bins = counts.Read().time_bins;
  EXPECT_EQ(bins[0], 7U);
}

TEST(VersionCountsTest, TimeBinsReachFromTenMicrosecondsToAMinute) {
  const std::size_t last = VersionCounts::num_time_bins() - 1;
  EXPECT_DOUBLE_EQ(VersionCounts::TimeBoundMs(0), 0.01);
  EXPECT_GT(VersionCounts::TimeBoundMs(last - 1), 60'000.0);
  EXPECT_LT(VersionCounts::TimeBoundMs(last - 1), 61'000.0);
  EXPECT_TRUE(std::isinf(VersionCounts::TimeBoundMs(last)));
  for (std::size_t i = 1; i < last; ++i) {
    EXPECT_NEAR(
        VersionCounts::TimeBoundMs(i) / VersionCounts::TimeBoundMs(i - 1), 1.05,
        1e-12);
  }
}

TEST(VersionCountsTest, ATimeFallsIntoTheBinWhoseUpperBoundItReaches) {
  EXPECT_EQ(BinOf(nanoseconds(0)), 0U);
  EXPECT_EQ(BinOf(nanoseconds(10'000)), 0U);
  EXPECT_EQ(BinOf(nanoseconds(10'001)), 1U);
  EXPECT_EQ(BinOf(nanoseconds(10'500)), 1U);
  EXPECT_EQ(BinOf(nanoseconds(10'501)), 2U);
  EXPECT_EQ(BinOf(std::chrono::seconds(60)),
            VersionCounts::num_time_bins() - 2);
  EXPECT_EQ(BinOf(std::chrono::hours(24)), VersionCounts::num_time_bins() - 1);
}

TEST(VersionCountsTest, SinceIsWhatCameBetweenTwoReadings) {
  VersionCounts counts({0.5});
  counts.Add({.events = 3, .errors = 1, .cells = 30, .missing = 2});
  counts.AddScore(0.1);
  const VersionTotals earlier = counts.Read();
  counts.Add({.events = 4, .errors = 2, .cells = 40, .missing = 5});
  counts.AddScore(0.9);
  const VersionTotals since = counts.Read().Since(earlier);
  EXPECT_EQ(since.events, 4U);
  EXPECT_EQ(since.errors, 2U);
  EXPECT_EQ(since.cells, 40U);
  EXPECT_EQ(since.missing, 5U);
  EXPECT_EQ(since.score_bins, (Bins{0, 1}));
  EXPECT_EQ(since.time_bins[0], 4U);
}

TEST(VersionCountsTest, SinceNothingIsEverything) {
  VersionCounts counts({0.5});
  counts.Add({.events = 3});
  counts.AddScore(0.1);
  const VersionTotals since = counts.Read().Since({});
  EXPECT_EQ(since.events, 3U);
  EXPECT_EQ(since.score_bins, (Bins{1, 0}));
  EXPECT_EQ(since.time_bins[0], 3U);
}

TEST(VersionCountsTest, LosesNothingWhenThreadsAddAtOnce) {
  VersionCounts counts({0.5});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counts] {
      for (int n = 0; n < 10'000; ++n) {
        counts.Add({.events = 2, .errors = 1, .cells = 3, .missing = 1});
        counts.AddScore(0.7);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const VersionTotals totals = counts.Read();
  EXPECT_EQ(totals.events, 80'000U);
  EXPECT_EQ(totals.errors, 40'000U);
  EXPECT_EQ(totals.cells, 120'000U);
  EXPECT_EQ(totals.missing, 40'000U);
  EXPECT_EQ(totals.score_bins, (Bins{0, 40'000}));
  EXPECT_EQ(totals.time_bins[0], 80'000U);
}

}  // namespace
}  // namespace tidemill
