#include "tidemill/telemetry/drift_figures.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tidemill/telemetry/drift_statistics.h"

namespace tidemill {
namespace {

using Counts = std::vector<std::uint64_t>;

/// below, [0,10), [10,20], above, missing.
DriftBins NumberBins(Counts counts = {50, 50}, std::uint64_t missing = 100) {
  Baseline baseline;
  baseline.edges = {0.0, 10.0, 20.0};
  baseline.counts = std::move(counts);
  baseline.missing = missing;
  return DriftBins(baseline);
}

/// a, b, unseen, missing.
DriftBins CategoryBins() {
  Baseline baseline;
  baseline.kind = BaselineKind::kCategory;
  baseline.categories = {"a", "b"};
  baseline.counts = {60, 40};
  return DriftBins(baseline);
}

/// above, missing.
DriftBins BinsWithoutValues() {
  Baseline baseline;
  baseline.missing = 100;
  return DriftBins(baseline);
}

TEST(DriftFiguresTest, NumbersHaveTheirFigures) {
  const DriftBins bins = NumberBins();
  const Counts counts = {2, 20, 70, 8, 300};
  const DriftFigures figures = CompareWithBaseline(bins, counts);
  EXPECT_EQ(figures.psi, Psi(counts, bins.baseline()));
  EXPECT_EQ(figures.js_distance,
            JensenShannonDistance(counts, bins.baseline()));
  // Of 100 that are there: 2 %, 22 %, 92 % beside 0, 50 %, 100 %.
  EXPECT_DOUBLE_EQ(figures.ks.value(), 0.28);
  // At 0, 5, 15, 20: 0.02 x 5 + 0.28 x 10 + 0.08 x 5
  EXPECT_DOUBLE_EQ(figures.wasserstein.value(), 3.3);
  EXPECT_EQ(figures.missing_ratio, 0.75);
  EXPECT_EQ(figures.out_of_range_ratio, 0.025);
  EXPECT_FALSE(figures.chi2_pvalue);
  EXPECT_FALSE(figures.unseen_ratio);
}

TEST(DriftFiguresTest, CategoriesHaveTheirFigures) {
  const DriftBins bins = CategoryBins();
  const Counts counts = {100, 50, 10, 40};
  const DriftFigures figures = CompareWithBaseline(bins, counts);
  EXPECT_EQ(figures.psi, Psi(counts, bins.baseline()));
  EXPECT_EQ(figures.js_distance,
            JensenShannonDistance(counts, bins.baseline()));
  EXPECT_EQ(figures.chi2_pvalue, Chi2PValue(counts, bins.baseline()));
  EXPECT_EQ(figures.missing_ratio, 0.2);
  EXPECT_EQ(figures.unseen_ratio, 0.05);
  EXPECT_FALSE(figures.ks);
  EXPECT_FALSE(figures.wasserstein);
  EXPECT_FALSE(figures.out_of_range_ratio);
}

TEST(DriftFiguresTest, WithoutEventsThereAreNone) {
  const DriftFigures figures =
      CompareWithBaseline(NumberBins(), Counts{0, 0, 0, 0, 0});
  EXPECT_FALSE(figures.psi);
  EXPECT_FALSE(figures.js_distance);
  EXPECT_FALSE(figures.ks);
  EXPECT_FALSE(figures.wasserstein);
  EXPECT_FALSE(figures.missing_ratio);
  EXPECT_FALSE(figures.out_of_range_ratio);
}

TEST(DriftFiguresTest, WithoutValuesTheOrderedFiguresAreUndefined) {
  const DriftFigures here =
      CompareWithBaseline(NumberBins(), Counts{0, 0, 0, 0, 9});
  EXPECT_TRUE(here.psi);
  EXPECT_EQ(here.missing_ratio, 1.0);
  EXPECT_FALSE(here.ks);
  EXPECT_FALSE(here.wasserstein);
}

TEST(DriftFiguresTest, AFieldWithoutValuesInTrainingThatHasThemNowDrifts) {
  const DriftFigures figures =
      CompareWithBaseline(BinsWithoutValues(), Counts{30, 70});
  EXPECT_GT(figures.psi.value(), 0.1);
  EXPECT_EQ(figures.missing_ratio, 0.7);
  EXPECT_EQ(figures.out_of_range_ratio, 0.3);
  EXPECT_FALSE(figures.ks);
  EXPECT_FALSE(figures.wasserstein);
}

TEST(DriftFiguresTest, AFieldThatIsAsEmptyAsInTrainingDoesNotDrift) {
  const DriftFigures figures =
      CompareWithBaseline(BinsWithoutValues(), Counts{0, 70});
  EXPECT_EQ(figures.psi, 0.0);
  EXPECT_EQ(figures.js_distance, 0.0);
  EXPECT_EQ(figures.out_of_range_ratio, 0.0);
}

TEST(DriftFiguresTest, AConstantThatStaysDoesNotDrift) {
  Baseline baseline;
  baseline.edges = {7.0, 7.0};
  baseline.counts = {100};
  const DriftBins bins(baseline);
  const DriftFigures same = CompareWithBaseline(bins, Counts{0, 9, 0, 0});
  EXPECT_EQ(same.psi, 0.0);
  EXPECT_EQ(same.ks, 0.0);
  EXPECT_EQ(same.wasserstein, 0.0);
  const DriftFigures other = CompareWithBaseline(bins, Counts{0, 5, 5, 0});
  EXPECT_GT(other.psi.value(), 0.1);
  EXPECT_EQ(other.ks, 0.5);
  EXPECT_EQ(other.out_of_range_ratio, 0.5);
}

TEST(DriftFiguresTest, ADistanceBeyondFloat64IsUndefined) {
  Baseline baseline;
  const double most = std::numeric_limits<double>::max();
  baseline.edges = {-most, -most / 2, most / 2, most};
  baseline.counts = {100, 0, 0};
  const DriftBins bins(baseline);
  // From -0.75 to 0.75 of the greatest number.
  const DriftFigures figures =
      CompareWithBaseline(bins, Counts{0, 0, 0, 9, 0, 0});
  EXPECT_EQ(figures.ks, 1.0);
  EXPECT_TRUE(std::isinf(Wasserstein(
      Counts{0, 0, 0, 9, 0}, Counts{0, 100, 0, 0, 0}, bins.positions())));
  EXPECT_FALSE(figures.wasserstein);
}

}  // namespace
}  // namespace tidemill
