#include "tidemill/telemetry/drift_statistics.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Bins = std::vector<std::uint64_t>;

/// One case of drift_reference.txt.
struct Reference {
  std::string name;
  Bins counts;
  Bins baseline;
  std::vector<double> positions;
  std::vector<double> figures;  ///< psi, js, ks, chi2's p-value, wasserstein
};

template <typename T>
std::vector<T> ReadLine(std::istream& in) {
  std::string line;
  std::getline(in, line);
  std::istringstream words(line);
  std::vector<T> values;
  for (T value; words >> value;) values.push_back(value);
  return values;
}

std::vector<Reference> ReadReferences() {
  std::ifstream in(TIDEMILL_SOURCE_DIR "/tests/telemetry/drift_reference.txt");
  std::vector<Reference> references;
  std::string line;
  std::getline(in, line);  // what it was made with
  while (std::getline(in, line)) {
    Reference& reference = references.emplace_back();
    reference.name = line;
    reference.counts = ReadLine<std::uint64_t>(in);
    reference.baseline = ReadLine<std::uint64_t>(in);
    reference.positions = ReadLine<double>(in);
    reference.figures = ReadLine<double>(in);
  }
  return references;
}

class ReferenceTest : public testing::Test {
 protected:
  /// The figure that stands at `place` in the file, to 1e-9.
  template <typename Figure>
  void ExpectAll(std::size_t place, Figure figure) {
    const std::vector<Reference> references = ReadReferences();
    ASSERT_GT(references.size(), 100U);
    for (const Reference& reference : references) {
      SCOPED_TRACE(reference.name);
      ASSERT_EQ(reference.figures.size(), 5U);
      const double expected = reference.figures[place];
      EXPECT_NEAR(figure(reference), expected,
                  1e-9 * std::max(1.0, std::abs(expected)));
    }
  }
};

TEST_F(ReferenceTest, PsiIsNumpys) {
  ExpectAll(0, [](const auto& r) { return Psi(r.counts, r.baseline); });
}

TEST_F(ReferenceTest, JensenShannonDistanceIsScipys) {
  ExpectAll(1, [](const auto& r) {
    return JensenShannonDistance(r.counts, r.baseline);
  });
}

TEST_F(ReferenceTest, KolmogorovSmirnovIsTheGreatestDistance) {
  ExpectAll(
      2, [](const auto& r) { return KolmogorovSmirnov(r.counts, r.baseline); });
}

TEST_F(ReferenceTest, Chi2PValueIsScipys) {
  ExpectAll(3, [](const auto& r) { return Chi2PValue(r.counts, r.baseline); });
}

TEST_F(ReferenceTest, SmallPValuesHaveTheirDigitsToo) {
  for (const Reference& reference : ReadReferences()) {
    SCOPED_TRACE(reference.name);
    const double expected = reference.figures.at(3);
    if (expected < 1e-300) continue;
    EXPECT_NEAR(Chi2PValue(reference.counts, reference.baseline) / expected,
                1.0, 1e-9);
  }
}

TEST_F(ReferenceTest, WassersteinIsScipys) {
  ExpectAll(4, [](const auto& r) {
    return Wasserstein(r.counts, r.baseline, r.positions);
  });
}

TEST(SharesTest, SumToOne) {
  EXPECT_THAT(Shares(Bins{1, 0, 3}), ElementsAre(0.25, 0.0, 0.75));
}

TEST(SharesTest, OfNothingAreNothing) {
  EXPECT_THAT(Shares(Bins{0, 0}), ElementsAre(0.0, 0.0));
  EXPECT_THAT(Shares({}), IsEmpty());
}

TEST(PsiTest, AgreesWithWhatAHandComputes) {
  // (0.5 - 0.25) ln(0.5 / 0.25) + (0.5 - 0.75) ln(0.5 / 0.75) = 0.25 ln 3
  EXPECT_NEAR(Psi(Bins{50, 50}, Bins{25, 75}), 0.2746530721670274, 1e-15);
}

TEST(PsiTest, CountsAnEmptyBinAsOneTenThousandth) {
  // 0.5 ln 2 + (0.0001 - 0.5) ln(0.0001 / 0.5)
  EXPECT_NEAR(Psi(Bins{100, 0}, Bins{50, 50}), 4.604318466669, 1e-11);
}

TEST(PsiTest, IsTheSameBothWays) {
  EXPECT_DOUBLE_EQ(Psi(Bins{7, 0, 93}, Bins{20, 30, 50}),
                   Psi(Bins{20, 30, 50}, Bins{7, 0, 93}));
}

TEST(PsiTest, IsNothingForTheSameSharesOfDifferentTotals) {
  EXPECT_EQ(Psi(Bins{1, 3}, Bins{100, 300}), 0.0);
}

TEST(JensenShannonDistanceTest, IsTheRootOfLn2WhenNothingIsShared) {
  EXPECT_DOUBLE_EQ(JensenShannonDistance(Bins{3, 0}, Bins{0, 8}),
                   std::sqrt(std::log(2.0)));
}

TEST(JensenShannonDistanceTest, IsNeverTheRootOfLessThanNothing) {
  // Shares that differ in their last bits only.
  for (std::uint64_t n = 1; n < 2'000; ++n) {
    const Bins counts = {n * 333'333'333'333ULL, n, 7};
    const Bins baseline = {(n + 1) * 333'333'333'333ULL, n + 1, 7};
    EXPECT_GE(JensenShannonDistance(counts, baseline), 0.0);
  }
}

TEST(KolmogorovSmirnovTest, IsSeenAtTheEndsOfBins) {
  // 0.1 - 0.5, 0.4 - 0.75, 1 - 1
  EXPECT_DOUBLE_EQ(KolmogorovSmirnov(Bins{1, 3, 6}, Bins{2, 1, 1}), 0.4);
}

TEST(WassersteinTest, IsHowFarTheEventsMustMove) {
  EXPECT_DOUBLE_EQ(
      Wasserstein(Bins{0, 0, 4}, Bins{5, 0, 0}, std::vector{1.0, 2.0, 11.0}),
      10.0);
}

TEST(WassersteinTest, IsNeverNaN) {
  const double most = std::numeric_limits<double>::max();
  const std::vector<double> positions = {-most, most, most};
  EXPECT_EQ(Wasserstein(Bins{1, 1, 0}, Bins{1, 0, 1}, positions), 0.0);
  EXPECT_TRUE(std::isinf(Wasserstein(Bins{1, 0, 0}, Bins{0, 0, 1}, positions)));
}

TEST(Chi2PValueTest, IsOneWhenThereIsNothingToTell) {
  EXPECT_EQ(Chi2PValue(Bins{5}, Bins{9}), 1.0);
  EXPECT_EQ(Chi2PValue(Bins{0, 5, 0}, Bins{0, 9, 0}), 1.0);
  EXPECT_EQ(Chi2PValue({}, {}), 1.0);
}

TEST(Chi2PValueTest, BinsEmptyOnBothSidesDoNotCount) {
  EXPECT_EQ(Chi2PValue(Bins{4, 0, 6}, Bins{5, 0, 5}),
            Chi2PValue(Bins{4, 6}, Bins{5, 5}));
}

TEST(DriftStatisticsTest, ASideWithoutEventsShowsNoDrift) {
  const std::vector<std::pair<Bins, Bins>> sides = {
      {{0, 0}, {1, 2}}, {{1, 2}, {0, 0}}, {{0, 0}, {0, 0}}, {{1, 2}, {}}};
  const std::vector<double> positions = {0.0, 1.0};
  for (const auto& [counts, baseline] : sides) {
    EXPECT_EQ(Psi(counts, baseline), 0.0);
    EXPECT_EQ(JensenShannonDistance(counts, baseline), 0.0);
    EXPECT_EQ(KolmogorovSmirnov(counts, baseline), 0.0);
    EXPECT_EQ(Wasserstein(counts, baseline, positions), 0.0);
    EXPECT_EQ(Chi2PValue(counts, baseline), 1.0);
  }
}

}  // namespace
}  // namespace tidemill
