#include "tidemill/telemetry/local_histogram.h"

#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> Cumulative(const prometheus::Histogram& histogram) {
  std::vector<std::uint64_t> counts;
  for (const auto& bucket : histogram.Collect().histogram.bucket) {
    counts.push_back(bucket.cumulative_count);
  }
  return counts;
}

TEST(LocalHistogramTest, CountsAValueOnABoundaryAsNotAboveIt) {
  prometheus::Histogram target({1.0, 2.0, 4.0});
  LocalHistogram local(target);
  for (const double value : {-1.0, 1.0, 1.5, 2.0, 4.0, 4.5}) {
    local.Observe(value);
  }
  local.Publish();
  EXPECT_THAT(Cumulative(target), ElementsAre(2, 4, 5, 6));
  EXPECT_EQ(target.Collect().histogram.sample_sum, 12.0);
}

TEST(LocalHistogramTest, CountsAsTheLibraryDoesWhateverTheNumberOfBoundaries) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> value(-1, 41);
  for (int size = 1; size <= 40; ++size) {
    std::vector<double> boundaries;
    for (int i = 0; i < size; ++i) boundaries.push_back(i);
    prometheus::Histogram expected(boundaries);
    prometheus::Histogram target(boundaries);
    LocalHistogram local(target);
    for (int i = 0; i < 500; ++i) {
      const double observed = value(random) / 2.0;
      expected.Observe(observed);
      local.Observe(observed);
    }
    local.Publish();
    EXPECT_EQ(Cumulative(target), Cumulative(expected)) << size;
  }
}

TEST(LocalHistogramTest, PublishesEachValueOnce) {
  prometheus::Histogram target({1.0});
  LocalHistogram local(target);
  local.Observe(0.5);
  local.Publish();
  local.Publish();
  EXPECT_THAT(Cumulative(target), ElementsAre(1, 1));
  EXPECT_EQ(local.count(), 0U);
}

TEST(LocalHistogramTest, ShowsNothingBeforeItPublishes) {
  prometheus::Histogram target({1.0});
  LocalHistogram local(target);
  local.Observe(0.5);
  EXPECT_EQ(local.count(), 1U);
  EXPECT_THAT(Cumulative(target), ElementsAre(0, 0));
}

TEST(LocalHistogramTest, DiscardForgetsWhatWasNotPublished) {
  prometheus::Histogram target({1.0});
  LocalHistogram local(target);
  local.Observe(0.5);
  local.Discard();
  local.Publish();
  EXPECT_THAT(Cumulative(target), ElementsAre(0, 0));
  EXPECT_EQ(target.Collect().histogram.sample_sum, 0.0);
}

TEST(LocalHistogramTest, LeavesOutWhatWouldSpoilTheSum) {
  prometheus::Histogram target({1.0});
  LocalHistogram local(target);
  local.Observe(std::numeric_limits<double>::quiet_NaN());
  local.Observe(std::numeric_limits<double>::infinity());
  local.Observe(0.5);
  local.Publish();
  EXPECT_THAT(Cumulative(target), ElementsAre(1, 1));
  EXPECT_EQ(target.Collect().histogram.sample_sum, 0.5);
}

}  // namespace
}  // namespace tidemill
