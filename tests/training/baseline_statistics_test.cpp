#include "tidemill/training/baseline_statistics.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Baseline Of(const std::vector<double>& values) {
  return NumberBaseline("x", values);
}

TEST(BaselineStatisticsTest, FewValuesGetABinEach) {
  const Baseline flags = Of({0, 1, 0, 0});
  EXPECT_THAT(flags.edges, ElementsAre(0.0, 0.5, 1.0));
  EXPECT_THAT(flags.counts, ElementsAre(3, 1));
}

TEST(BaselineStatisticsTest, ManyValuesGetBinsBetweenDeciles) {
  std::vector<double> values;
  for (int i = 100; i > 0; --i) values.push_back(i);
  const Baseline baseline = Of(values);
  EXPECT_THAT(baseline.edges,
              ElementsAre(1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 100));
  EXPECT_THAT(baseline.counts, testing::Each(10));
}

TEST(BaselineStatisticsTest, AFrequentGreatestValueHasItsOwnBin) {
  std::vector<double> values(50, 100.0);
  for (int i = 1; i <= 50; ++i) values.push_back(i);
  const Baseline baseline = Of(values);
  EXPECT_THAT(baseline.edges, ElementsAre(1, 11, 21, 31, 41, 75, 100));
  EXPECT_THAT(baseline.counts, ElementsAre(10, 10, 10, 10, 10, 50));
}

TEST(BaselineStatisticsTest, AFrequentLeastValueMergesItsDeciles) {
  std::vector<double> values(50, 0.0);
  for (int i = 1; i <= 50; ++i) values.push_back(i);
  EXPECT_THAT(Of(values).edges, ElementsAre(0, 1, 11, 21, 31, 41, 50));
}

TEST(BaselineStatisticsTest, OneValueStandsTwiceAsTheEdges) {
  const Baseline baseline = Of({7, 7});
  EXPECT_THAT(baseline.edges, ElementsAre(7, 7));
  EXPECT_THAT(baseline.counts, ElementsAre(2));
}

TEST(BaselineStatisticsTest, NoValueHasNoEdges) {
  const Baseline baseline = Of({kMissing, kMissing});
  EXPECT_THAT(baseline.edges, IsEmpty());
  EXPECT_THAT(baseline.counts, IsEmpty());
  EXPECT_EQ(baseline.missing, 2U);
  EXPECT_TRUE(std::isnan(baseline.mean));
}

TEST(BaselineStatisticsTest, NeighbouringFloatsStayApart) {
  const double next = std::nextafter(1.0, 2.0);
  const Baseline baseline = Of({1.0, next});
  EXPECT_THAT(baseline.edges, ElementsAre(1.0, next));
  EXPECT_THAT(baseline.counts, ElementsAre(2));
}

TEST(BaselineStatisticsTest, MeanAndDeviationLeaveMissingOut) {
  const Baseline baseline = Of({1.0, kMissing, 3.0});
  EXPECT_EQ(baseline.mean, 2.0);
  EXPECT_EQ(baseline.standard_deviation, 1.0);
  EXPECT_EQ(baseline.missing, 1U);
}

TEST(BaselineStatisticsTest, CategoriesCountByCode) {
  const Baseline baseline = CategoryBaseline(
      "c", {"a", "b", "c"}, std::vector<std::int32_t>{0, 2, 2, kMissingCode});
  EXPECT_THAT(baseline.counts, ElementsAre(1, 0, 2));
  EXPECT_EQ(baseline.missing, 1U);
}

TEST(BaselineStatisticsTest, IdTimesAndTextsHaveNone) {
  std::vector<Field> fields(4);
  fields[0].name = "id";
  fields[0].type = FieldType::kInteger;
  fields[1].name = "when";
  fields[1].type = FieldType::kTimestamp;
  fields[2].name = "note";
  fields[2].type = FieldType::kText;
  fields[3].name = "flag";
  fields[3].type = FieldType::kBoolean;
  const Schema schema(fields, "id", "when");
  EventBatch events(schema);
  events.AppendRow();
  const std::vector<std::size_t> rows = {0};
  const std::vector<Baseline> baselines =
      FieldBaselines(schema, MakeFrame(schema, events, rows));
  ASSERT_EQ(baselines.size(), 1U);
  EXPECT_EQ(baselines[0].name, "flag");
}

}  // namespace
}  // namespace tidemill
