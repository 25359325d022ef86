#include "tidemill/telemetry/drift_bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/core/dictionary.h"
#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Baseline Numbers(std::vector<double> edges, std::vector<std::uint64_t> counts,
                 std::uint64_t missing = 0) {
  Baseline baseline;
  baseline.name = "x";
  baseline.edges = std::move(edges);
  baseline.counts = std::move(counts);
  baseline.missing = missing;
  return baseline;
}

Baseline Categories(std::vector<std::string> texts,
                    std::vector<std::uint64_t> counts,
                    std::uint64_t missing = 0) {
  Baseline baseline;
  baseline.name = "x";
  baseline.kind = BaselineKind::kCategory;
  baseline.categories = std::move(texts);
  baseline.counts = std::move(counts);
  baseline.missing = missing;
  return baseline;
}

/// One row each.
Baseline Categories(std::vector<std::string> texts) {
  const std::size_t count = texts.size();
  return Categories(std::move(texts), std::vector<std::uint64_t>(count, 1));
}

std::vector<std::string> LabelsOf(std::vector<std::string> texts) {
  return DriftBins(Categories(std::move(texts))).labels();
}

std::uint64_t Sum(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST(DriftBinsTest, NumbersHaveTheBaselinesBinsAndThoseAround) {
  const DriftBins bins(Numbers({0, 12.5, 70, 118.75}, {3, 4, 5}, 2));
  EXPECT_THAT(bins.labels(), ElementsAre("below", "[0,12.5)", "[12.5,70)",
                                         "[70,118.75]", "above", "missing"));
  EXPECT_THAT(bins.baseline(), ElementsAre(0, 3, 4, 5, 0, 2));
  EXPECT_THAT(bins.positions(), ElementsAre(0, 6.25, 41.25, 94.375, 118.75));
  EXPECT_EQ(bins.below_bin(), 0U);
  EXPECT_EQ(bins.above_bin(), 4U);
  EXPECT_EQ(bins.missing_bin(), 5U);
}

TEST(DriftBinsTest, ANumberFallsIntoItsInterval) {
  const DriftBins bins(Numbers({0, 10, 20}, {1, 1}));
  const std::vector<std::pair<double, std::size_t>> cases = {
      {-kInfinity, 0}, {-1e-300, 0},
      {-0.0, 1},       {0.0, 1},
      {9.999, 1},      {10.0, 2},
      {20.0, 2},       {std::nextafter(20.0, 21.0), 3},
      {1e308, 3},      {kInfinity, 3},
      {kNaN, 4},       {-kNaN, 4}};
  for (const auto& [value, bin] : cases) {
    EXPECT_EQ(bins.BinOf(value), bin) << value;
  }
}

TEST(DriftBinsTest, AConstantHasABinOfOneValue) {
  const DriftBins bins(Numbers({7, 7}, {9}));
  EXPECT_THAT(bins.labels(), ElementsAre("below", "[7,7]", "above", "missing"));
  EXPECT_EQ(bins.BinOf(std::nextafter(7.0, 0.0)), 0U);
  EXPECT_EQ(bins.BinOf(7.0), 1U);
  EXPECT_EQ(bins.BinOf(std::nextafter(7.0, 8.0)), 2U);
  EXPECT_EQ(bins.BinOf(kNaN), 3U);
  EXPECT_THAT(bins.positions(), ElementsAre(7, 7, 7));
}

TEST(DriftBinsTest, MinusZeroIsZero) {
  const DriftBins bins(Numbers({-0.0, -0.0}, {9}));
  EXPECT_EQ(bins.labels()[1], "[0,0]");
  EXPECT_EQ(bins.BinOf(0.0), 1U);
  EXPECT_EQ(bins.BinOf(-0.0), 1U);
}

TEST(DriftBinsTest, WithoutAnyValueInTrainingWhateverComesIsAbove) {
  const DriftBins bins(Numbers({}, {}, 12));
  EXPECT_THAT(bins.labels(), ElementsAre("above", "missing"));
  EXPECT_THAT(bins.baseline(), ElementsAre(0, 12));
  EXPECT_THAT(bins.positions(), SizeIs(1));
  for (const double value : {-kInfinity, -1.0, 0.0, 1e308, kInfinity}) {
    EXPECT_EQ(bins.BinOf(value), bins.above_bin());
  }
  EXPECT_EQ(bins.BinOf(kNaN), bins.missing_bin());
}

TEST(DriftBinsTest, EdgesAreWrittenInShortestForm) {
  const double third = 0.1F;  // as a float32 model's score
  const DriftBins bins(Numbers({-1e-7, third, 1e21}, {1, 1}));
  EXPECT_EQ(bins.labels()[1], "[-1e-07,0.10000000149011612)");
  EXPECT_EQ(bins.labels()[2], "[0.10000000149011612,1e+21]");
  EXPECT_EQ(bins.BinOf(third), 2U);
  EXPECT_EQ(bins.BinOf(0.1), 1U);
}

TEST(DriftBinsTest, TheGreatestNumbersHaveAMiddle) {
  const double most = std::numeric_limits<double>::max();
  const DriftBins bins(Numbers({-most, most / 2, most}, {1, 1}));
  EXPECT_THAT(bins.positions(),
              ElementsAre(-most, -most / 4, most * 0.75, most));
  EXPECT_EQ(bins.BinOf(most), 2U);
  EXPECT_EQ(bins.BinOf(kInfinity), 3U);
}

TEST(DriftBinsTest, AnyNumberOfEdgesCountsAsThePlainRuleSays) {
  for (std::size_t edges = 2; edges <= DriftBins::kMaxNumberBins + 1; ++edges) {
    std::vector<double> at(edges);
    std::iota(at.begin(), at.end(), 0.0);
    const DriftBins bins(Numbers(at, std::vector<std::uint64_t>(edges - 1, 1)));
    ASSERT_EQ(bins.size(), edges + 2);
    for (double value = -1.0; value <= static_cast<double>(edges);
         value += 0.5) {
      std::size_t expected = 0;
      if (value >= 0.0) expected = static_cast<std::size_t>(value) + 1;
      if (value == at.back()) expected = edges - 1;
      if (value > at.back()) expected = edges;
      EXPECT_EQ(bins.BinOf(value), expected) << value << " of " << edges;
    }
    EXPECT_EQ(bins.BinOf(kNaN), bins.missing_bin());
    EXPECT_EQ(bins.BinOf(-kInfinity), bins.below_bin());
    EXPECT_EQ(bins.BinOf(kInfinity), bins.above_bin());
  }
}

TEST(DriftBinsTest, NeighboursAreJoinedWhereThereAreTooManyBins) {
  std::vector<double> edges(102);
  std::iota(edges.begin(), edges.end(), 0.0);
  const DriftBins bins(Numbers(edges, std::vector<std::uint64_t>(101, 2), 5));
  EXPECT_EQ(bins.size(), 34U + 3U);  // by threes, the last of two
  EXPECT_EQ(bins.labels()[1], "[0,3)");
  EXPECT_EQ(bins.labels()[34], "[99,101]");
  EXPECT_EQ(bins.baseline()[1], 6U);
  EXPECT_EQ(bins.baseline()[34], 4U);
  EXPECT_EQ(Sum(bins.baseline()), 207U);
  EXPECT_EQ(bins.BinOf(2.9), 1U);
  EXPECT_EQ(bins.BinOf(101.0), 34U);
}

TEST(DriftBinsTest, CategoriesStandInDictionaryOrder) {
  const DriftBins bins(Categories({"No", "Yes"}, {3, 4}, 2));
  EXPECT_THAT(bins.labels(), ElementsAre("No", "Yes", "unseen", "missing"));
  EXPECT_THAT(bins.baseline(), ElementsAre(3, 4, 0, 2));
  EXPECT_EQ(bins.BinOf(0), 0U);
  EXPECT_EQ(bins.BinOf(1), 1U);
  EXPECT_EQ(bins.BinOf(kUnseenCode), bins.unseen_bin());
  EXPECT_EQ(bins.BinOf(kMissingCode), bins.missing_bin());
  EXPECT_THAT(bins.positions(), IsEmpty());
}

TEST(DriftBinsTest, ACodeOutsideTheDictionaryIsUnseen) {
  const DriftBins bins(Categories({"No", "Yes"}));
  for (const std::int32_t code :
       {2, 3, -3, std::numeric_limits<std::int32_t>::max(),
        std::numeric_limits<std::int32_t>::min()}) {
    EXPECT_EQ(bins.BinOf(code), bins.unseen_bin()) << code;
  }
}

TEST(DriftBinsTest, NoCategoriesAtAllLeaveUnseenAndMissing) {
  const DriftBins bins(Categories({}, {}, 4));
  EXPECT_THAT(bins.labels(), ElementsAre("unseen", "missing"));
  EXPECT_EQ(bins.BinOf(0), bins.unseen_bin());
}

TEST(DriftBinsTest, FiftyCategoriesNeedNoOther) {
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i) texts.push_back("c" + std::to_string(i));
  EXPECT_THAT(LabelsOf(texts), SizeIs(52));
}

/// Category i has (i * 7919) % 3001 rows: all different.
Baseline Thousands() {
  std::vector<std::string> texts;
  std::vector<std::uint64_t> counts;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    texts.push_back("zone " + std::to_string(i));
    counts.push_back((i + 1) * 7919 % 3001);
  }
  return Categories(std::move(texts), std::move(counts), 17);
}

TEST(DriftBinsTest, TheMostFrequentOfThousandsKeepTheirBins) {
  const Baseline baseline = Thousands();
  const DriftBins bins(baseline);
  ASSERT_THAT(bins.labels(), SizeIs(53));
  EXPECT_EQ(bins.labels()[50], "other");
  EXPECT_EQ(Sum(bins.baseline()), Sum(baseline.counts) + 17);
  std::uint64_t counted = 0;
  std::string last_own;
  for (std::size_t i = 0; i < baseline.counts.size(); ++i) {
    const std::size_t bin = bins.BinOf(static_cast<std::int32_t>(i));
    // The counts are 1 to 3000, so these are the fifty greatest.
    ASSERT_EQ(bin<50, baseline.counts[i]> 2'950) << i;
    if (bin == 50) continue;
    EXPECT_EQ(bin, counted++) << "in dictionary order";
    EXPECT_EQ(bins.labels()[bin], baseline.categories[i]);
    EXPECT_EQ(bins.baseline()[bin], baseline.counts[i]);
  }
  EXPECT_EQ(counted, 50U);
}

TEST(DriftBinsTest, OfEquallyFrequentOnesTheFirstKeepTheirs) {
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back("c" + std::to_string(i));
  const DriftBins bins(Categories(texts));
  EXPECT_EQ(bins.labels()[49], "c49");
  EXPECT_EQ(bins.BinOf(49), 49U);
  EXPECT_EQ(bins.BinOf(50), 50U);
  EXPECT_EQ(bins.BinOf(59), 50U);
  EXPECT_EQ(bins.baseline()[50], 10U);
}

TEST(DriftBinsTest, TextsThatWouldBeTakenForABinAreQuoted) {
  EXPECT_THAT(LabelsOf({"", "missing", "unseen", "other", "below", "above",
                        "\"missing\"", "\"", "a\"b", "Missing"}),
              ElementsAre("\"\"", "\"missing\"", "\"unseen\"", "\"other\"",
                          "\"below\"", "\"above\"", "\"\"missing\"\"", "\"\"\"",
                          "a\"b", "Missing", "unseen", "missing"));
}

TEST(DriftBinsTest, QuotesNewlinesAndUtf8StayAsTheyAre) {
  EXPECT_THAT(LabelsOf({"a\nb", "\\", "Größe", "日本"}),
              ElementsAre("a\nb", "\\", "Größe", "日本", "unseen", "missing"));
}

TEST(DriftBinsTest, TextsThatLookAlikeAreToldApart) {
  // Bytes that are no UTF-8 all become U+FFFD.
  EXPECT_THAT(LabelsOf({"\xFF", "\xFE", "\xEF\xBF\xBD", "\xEF\xBF\xBD~2"}),
              ElementsAre("\xEF\xBF\xBD", "\xEF\xBF\xBD~2", "\xEF\xBF\xBD~3",
                          "\xEF\xBF\xBD~2~2", "unseen", "missing"));
}

TEST(DriftBinsTest, LongTextsAreCutAndToldApart) {
  const std::string letter = "é";  // two bytes
  std::string start;
  for (int i = 0; i < 200; ++i) start += letter;
  const std::vector<std::string> labels =
      LabelsOf({start + "1", start + "2", start + "3", '"' + start + '"'});
  EXPECT_EQ(labels[0].size(), 256U);
  EXPECT_THAT(labels[1], HasSubstr("é~2"));
  EXPECT_THAT(labels[2], HasSubstr("é~3"));
  EXPECT_EQ(std::set<std::string>(labels.begin(), labels.end()).size(),
            labels.size());
  for (const std::string& label : labels) {
    EXPECT_LE(label.size(), kMaxLabelBytes);
    EXPECT_EQ(LabelText(label), label) << "valid UTF-8";
  }
}

TEST(DriftBinsTest, SaysWhatIsWrongWithABaseline) {
  const auto wrong = [](const Baseline& baseline) {
    return DriftBins::WhatIsWrong(baseline);
  };
  EXPECT_EQ(wrong(Numbers({0, 1}, {1})), "");
  EXPECT_EQ(wrong(Numbers({}, {}, 1)), "");
  EXPECT_EQ(wrong(Numbers({}, {})), "a baseline without rows");
  EXPECT_EQ(wrong(Numbers({0, 1}, {0})), "a baseline without rows");
  EXPECT_EQ(wrong(Numbers({1}, {}, 1)), "a baseline with one edge");
  EXPECT_EQ(wrong(Numbers({0, 1}, {1, 2})),
            "a baseline of 1 bins with 2 counts");
  EXPECT_EQ(wrong(Categories({"a"}, {1, 2})),
            "a baseline of 1 bins with 2 counts");
}

}  // namespace
}  // namespace tidemill
