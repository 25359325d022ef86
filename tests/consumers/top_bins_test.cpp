#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "consumers/top/bins.h"
#include "tidemill/telemetry/drift_bins.h"

namespace tidemill {
namespace {

/// As /metrics would show them.
struct Exported {
  BinValues counts;
  BinValues baseline;
  double rows = 0.0;
};

Exported Export(const DriftBins& bins,
                const std::vector<std::uint64_t>& counts) {
  Exported exported;
  for (const std::uint64_t rows : bins.baseline()) {
    exported.rows += static_cast<double>(rows);
  }
  for (std::size_t i = 0; i < bins.size(); ++i) {
    exported.counts[bins.labels()[i]] = static_cast<double>(counts[i]);
    exported.baseline[bins.labels()[i]] =
        static_cast<double>(bins.baseline()[i]) / exported.rows;
  }
  return exported;
}

void ExpectSame(const std::optional<double>& a, const std::optional<double>& b,
                double tolerance) {
  ASSERT_EQ(a.has_value(), b.has_value());
  EXPECT_NEAR(a.value_or(0.0), b.value_or(0.0),
              tolerance * std::max(1.0, std::abs(b.value_or(0.0))));
}

/// From the labels alone, what the instance computes from its own bins.
void ExpectSameAsInstance(const Baseline& baseline,
                          const std::vector<std::uint64_t>& counts) {
  const DriftBins bins(baseline);
  ASSERT_EQ(bins.size(), counts.size());
  const Exported exported = Export(bins, counts);
  const DriftFigures expected = CompareWithBaseline(bins, counts);
  std::string problem;
  const DriftFigures got = FiguresOfBins(exported.counts, exported.baseline,
                                         &exported.rows, problem);
  EXPECT_EQ(problem, "");
  ExpectSame(got.psi, expected.psi, 1e-12);
  ExpectSame(got.js_distance, expected.js_distance, 1e-12);
  ExpectSame(got.ks, expected.ks, 1e-12);
  ExpectSame(got.chi2_pvalue, expected.chi2_pvalue, 1e-12);
  ExpectSame(got.wasserstein, expected.wasserstein, 1e-12);
  ExpectSame(got.missing_ratio, expected.missing_ratio, 1e-15);
  ExpectSame(got.unseen_ratio, expected.unseen_ratio, 1e-15);
  ExpectSame(got.out_of_range_ratio, expected.out_of_range_ratio, 1e-15);
  // Without the rows: all that needs shares only.
  const DriftFigures shares =
      FiguresOfBins(exported.counts, exported.baseline, nullptr, problem);
  ExpectSame(shares.psi, expected.psi, 1e-10);
  ExpectSame(shares.ks, expected.ks, 1e-10);
  EXPECT_FALSE(shares.chi2_pvalue.has_value());
}

Baseline Numbers(std::vector<double> edges, std::vector<std::uint64_t> counts,
                 std::uint64_t missing) {
  return {.name = "x",
          .kind = BaselineKind::kNumber,
          .edges = std::move(edges),
          .categories = {},
          .counts = std::move(counts),
          .missing = missing};
}

TEST(FiguresOfBinsTest, EqualTheInstancesForNumbers) {
  // Edges whose texts do not sort like numbers.
  ExpectSameAsInstance(
      Numbers({-1e300, -3.5, 0.1, 2.0, 10.0, 1e21}, {10, 20, 30, 25, 15}, 7),
      {3, 40, 1, 100, 20, 9, 2, 11});
}

TEST(FiguresOfBinsTest, EqualTheInstancesForOneValueAndForNone) {
  ExpectSameAsInstance(Numbers({5.0, 5.0}, {100}, 3), {1, 50, 2, 4});
  ExpectSameAsInstance(Numbers({}, {}, 30), {10, 4});
}

TEST(FiguresOfBinsTest, EqualTheInstancesForCategories) {
  ExpectSameAsInstance({.name = "x",
                        .kind = BaselineKind::kCategory,
                        .edges = {},
                        .categories = {"b", "", "missing", "[1,2)", "a\n\"\\"},
                        .counts = {5, 10, 3, 8, 70},
                        .missing = 1},
                       {50, 0, 3, 9, 100, 6, 2});
}

TEST(FiguresOfBinsTest, NoEventsNoFigures) {
  std::string problem;
  const DriftFigures figures =
      FiguresOfBins({{"above", 0.0}, {"missing", 0.0}},
                    {{"above", 0.5}, {"missing", 0.5}}, nullptr, problem);
  EXPECT_EQ(problem, "");
  EXPECT_FALSE(figures.psi.has_value());
  EXPECT_FALSE(figures.missing_ratio.has_value());
}

TEST(FiguresOfBinsTest, NamesWhatDoesNotFit) {
  const auto problem_of = [](const BinValues& counts,
                             const BinValues& baseline) {
    std::string problem;
    EXPECT_FALSE(FiguresOfBins(counts, baseline, nullptr, problem).psi);
    return problem;
  };
  EXPECT_EQ(problem_of({{"a", 1.0}}, {}), "no baseline");
  EXPECT_EQ(problem_of({{"a", 1.0}}, {{"b", 1.0}}), "a bin without a baseline");
  EXPECT_EQ(problem_of({{"a", 1.0}}, {{"a", 0.9}, {"b", 0.9}}),
            "a baseline of more than everything");
  EXPECT_EQ(problem_of({{"a", 9e15}, {"b", 9e15}}, {{"a", 0.5}, {"b", 0.5}}),
            "counts beyond 2^53");
}

}  // namespace
}  // namespace tidemill
