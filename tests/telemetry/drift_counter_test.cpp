#include "tidemill/telemetry/drift_counter.h"

#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Baseline Numbers(std::string name) {
  Baseline baseline;
  baseline.name = std::move(name);
  baseline.edges = {0.0, 1.0};
  baseline.counts = {10};
  return baseline;
}

Schema SmallSchema() {
  Field id;
  id.name = "id";
  id.type = FieldType::kText;
  Field x;
  x.name = "x";
  Field color;
  color.name = "color";
  color.type = FieldType::kCategory;
  color.categories = Dictionary({"red", "blue"});
  return Schema({id, x, color}, "id", "");
}

/// Slots: x below, [0,1], above, missing; color red, blue, unseen, missing;
/// on request the feature f, and the score, each as x.
std::shared_ptr<const DriftLayout> SmallLayout(bool with_features = true) {
  Baselines baselines;
  Baseline color;
  color.name = "color";
  color.kind = BaselineKind::kCategory;
  color.categories = {"red", "blue"};
  color.counts = {4, 6};
  baselines.fields = {Numbers("x"), color};
  baselines.features = {Numbers("other"), Numbers("f")};
  baselines.score = Numbers("");
  // The first feature's baseline does not fit, so that the second is counted
  // by its own index.
  return std::make_shared<const DriftLayout>(SmallSchema(),
                                             std::vector<std::string>{"e", "f"},
                                             baselines, with_features);
}

class DriftCounterTest : public testing::Test {
 protected:
  DriftCounterTest() {
    AddRow(-1.0, 0, 0.5, 2.0);
    AddRow(0.5, 1, 3.0, 0.5);
    AddRow(2.0, kUnseenCode, -3.0, -7.0);
    AddRow(kNaN, kMissingCode, kNaN, 1.0);
    AddRow(0.75, 1, 0.5, 0.0);
  }

  void AddRow(double x, std::int32_t color, double feature, double score) {
    const std::size_t row = batch_.AppendRow();
    batch_.numbers(1)[row] = x;
    batch_.codes(2)[row] = color;
    features_.conservativeResize(static_cast<Eigen::Index>(row) + 1, 2);
    features_.row(static_cast<Eigen::Index>(row)) << 99.0, feature;
    scores_.push_back(score);
  }

  std::vector<std::uint64_t> Published() const {
    std::vector<std::uint64_t> totals;
    counts_->Read(totals);
    return totals;
  }

  void Count(const std::vector<std::uint32_t>& rows) {
    counter_.Count(batch_, features_, scores_, rows);
  }

  EventBatch batch_{SmallSchema()};
  RowMatrix features_;
  std::vector<double> scores_;
  DriftCountsPtr counts_ = std::make_shared<DriftCounts>(SmallLayout(), 1.0);
  DriftCounter counter_{counts_};
};

TEST_F(DriftCounterTest, CountsEveryColumnOfTheRows) {
  Count({0, 1, 2, 3, 4});
  counter_.Publish();
  EXPECT_THAT(Published(), ElementsAre(1, 2, 1, 1,    // x
                                       1, 2, 1, 1,    // color
                                       1, 2, 1, 1,    // f
                                       1, 3, 1, 0));  // the score
  EXPECT_EQ(counts_->events(), 5U);
}

TEST_F(DriftCounterTest, CountsOnlyTheRows) {
  Count({1, 4});
  counter_.Publish();
  EXPECT_THAT(Published(), ElementsAre(0, 2, 0, 0, 0, 2, 0, 0,  //
                                       0, 1, 1, 0, 0, 2, 0, 0));
  EXPECT_EQ(counts_->events(), 2U);
}

TEST_F(DriftCounterTest, EveryColumnSumsToTheEvents) {
  for (int i = 0; i < 100; ++i) Count({0, 2, 3});
  counter_.Publish();
  const std::vector<std::uint64_t> totals = Published();
  for (const DriftLayout::Column& column : counts_->layout().columns()) {
    const auto first =
        totals.begin() + static_cast<std::ptrdiff_t>(column.first_slot);
    const auto size = static_cast<std::ptrdiff_t>(column.bins.size());
    EXPECT_EQ(std::accumulate(first, first + size, std::uint64_t{0}), 300U);
  }
}

TEST_F(DriftCounterTest, NothingIsSeenBeforeItIsPublished) {
  Count({0, 1});
  EXPECT_EQ(counts_->events(), 0U);
  EXPECT_THAT(Published(), Each(0U));
}

TEST_F(DriftCounterTest, PublishesEachEventOnce) {
  Count({0});
  counter_.Publish();
  counter_.Publish();
  Count({1});
  counter_.Publish();
  EXPECT_EQ(counts_->events(), 2U);
}

TEST_F(DriftCounterTest, ForgetsWhatIsDiscarded) {
  Count({0, 1, 2});
  counter_.Discard();
  Count({4});
  counter_.Publish();
  EXPECT_EQ(counts_->events(), 1U);
  EXPECT_EQ(Published()[1], 1U);
  EXPECT_EQ(Published()[0], 0U);
}

TEST_F(DriftCounterTest, NoRowsAreNoEvents) {
  Count({});
  counter_.Publish();
  EXPECT_EQ(counts_->events(), 0U);
}

TEST_F(DriftCounterTest, WithoutFeaturesInTheLayoutItNeedsNone) {
  const auto counts = std::make_shared<DriftCounts>(SmallLayout(false), 1.0);
  DriftCounter counter(counts);
  const std::vector<std::uint32_t> rows = {0, 1};
  counter.Count(batch_, RowMatrix(), scores_, rows);
  counter.Publish();
  std::vector<std::uint64_t> totals;
  counts->Read(totals);
  EXPECT_THAT(totals, ElementsAre(1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0));
}

TEST_F(DriftCounterTest, AnEmptyLayoutCountsTheEventsOnly) {
  const auto counts = std::make_shared<DriftCounts>(
      std::make_shared<const DriftLayout>(
          SmallSchema(), std::vector<std::string>{}, Baselines{}, true),
      1.0);
  DriftCounter counter(counts);
  const std::vector<std::uint32_t> rows = {0, 1};
  counter.Count(batch_, features_, scores_, rows);
  counter.Publish();
  EXPECT_EQ(counts->events(), 2U);
}

TEST_F(DriftCounterTest, WorkersAddUpWithoutLoss) {
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([this] {
      DriftCounter counter(counts_);
      const std::vector<std::uint32_t> rows = {1, 4};
      for (int n = 0; n < 5'000; ++n) {
        counter.Count(batch_, features_, scores_, rows);
        counter.Publish();
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(counts_->events(), 40'000U);
  EXPECT_EQ(Published()[1], 40'000U);
}

/// The share of a million records of a partition that is drawn, and of those
/// whose offset has `bit` set.
struct Drawn {
  double all = 0.0;
  double with_bit = 0.0;
};

Drawn Draw(double sample, std::int32_t partition, unsigned bit) {
  const DriftCounts counts(SmallLayout(), sample);
  int all = 0;
  int with_bit = 0;
  for (std::int64_t offset = 0; offset < 1'048'576; ++offset) {
    if (!counts.Samples(partition, offset)) continue;
    ++all;
    if ((offset >> bit & 1) != 0) ++with_bit;
  }
  return {.all = all / 1'048'576.0, .with_bit = with_bit / 524'288.0};
}

double FourSigma(double share, double records) {
  return 4.0 * std::sqrt(share * (1.0 - share) / records);
}

TEST(DriftSampleTest, IsTheShareThatIsAskedFor) {
  for (const double sample : {0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.999}) {
    for (const std::int32_t partition : {0, 1, 17, 4'000}) {
      EXPECT_NEAR(Draw(sample, partition, 0).all, sample,
                  FourSigma(sample, 1'048'576.0))
          << sample << " of " << partition;
    }
  }
}

TEST(DriftSampleTest, DoesNotFollowTheBitsOfTheOffset) {
  for (unsigned bit = 0; bit < 20; ++bit) {
    EXPECT_NEAR(Draw(0.1, 3, bit).with_bit, 0.1, FourSigma(0.1, 524'288.0))
        << bit;
  }
}

TEST(DriftSampleTest, PartitionsAreDrawnApart) {
  const DriftCounts counts(SmallLayout(), 0.5);
  // Whether neighbours draw alike, at the same offset and one further on.
  for (const std::int64_t step : {0, 1}) {
    int alike = 0;
    for (std::int64_t offset = 0; offset < 1'000'000; ++offset) {
      if (counts.Samples(0, offset) == counts.Samples(1, offset + step)) {
        ++alike;
      }
    }
    EXPECT_NEAR(alike / 1e6, 0.5, FourSigma(0.5, 1e6));
  }
}

TEST(DriftSampleTest, ARecordAfterADrawnOneIsDrawnAsOften) {
  const DriftCounts counts(SmallLayout(), 0.25);
  int both = 0;
  for (std::int64_t offset = 0; offset < 1'000'000; ++offset) {
    if (counts.Samples(5, offset) && counts.Samples(5, offset + 1)) ++both;
  }
  EXPECT_NEAR(both / 1e6, 0.0625, FourSigma(0.0625, 1e6));
}

TEST(DriftSampleTest, IsTheSameInEveryProcessAndAtEveryTime) {
  const DriftCounts counts(SmallLayout(), 0.5);
  const DriftCounts again(SmallLayout(false), 0.5);
  std::string drawn;
  for (std::int64_t offset = 18'233; offset < 18'265; ++offset) {
    drawn += counts.Samples(3, offset) ? '1' : '0';
    EXPECT_EQ(counts.Samples(3, offset), again.Samples(3, offset));
  }
  // SplitMix64's numbers, computed apart: what other replicas draw too.
  EXPECT_EQ(drawn, "11010101011111000000000001011100");
}

TEST(DriftSampleTest, AGreaterShareKeepsItsRecords) {
  const DriftCounts some(SmallLayout(), 0.1);
  const DriftCounts more(SmallLayout(), 0.4);
  for (std::int64_t offset = 0; offset < 100'000; ++offset) {
    if (some.Samples(2, offset)) {
      ASSERT_TRUE(more.Samples(2, offset));
    }
  }
}

TEST(DriftSampleTest, AllOfThemIsAll) {
  const DriftCounts counts(SmallLayout(), 1.0);
  for (std::int64_t offset = -2; offset < 100'000; ++offset) {
    ASSERT_TRUE(counts.Samples(-1, offset));
  }
}

}  // namespace
}  // namespace tidemill
