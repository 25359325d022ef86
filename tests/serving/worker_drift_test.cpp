// Which events the worker counts for drift, and how often.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/worker_fixture.h"
#include "tidemill/serving/shadow_runner.h"
#include "tidemill/serving/shadow_scorer.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

/// x: [0, 1) and [1, 2], twice each; score = slope x + 1: [1, 3) and [3, 5].
Baselines SmallBaselines() {
  Baseline x;
  x.name = "x";
  x.edges = {0.0, 1.0, 2.0};
  x.counts = {2, 2};
  Baseline score = x;
  score.name = "score";
  score.edges = {1.0, 3.0, 5.0};
  return {.rows = 4, .fields = {x}, .features = {x}, .score = score};
}

LoadedModelPtr WatchedModel(std::uint32_t version, double slope = 2.0) {
  Artifact artifact = LineArtifact(slope);
  artifact.baselines = SmallBaselines();
  return Unverified(std::move(artifact), version);
}

LoadedModelPtr WatchedPickyModel(double bad) {
  Artifact artifact = LineArtifact();
  artifact.baselines = SmallBaselines();
  artifact.predictor = std::make_unique<PickyPredictor>(bad);
  return Unverified(std::move(artifact), 1);
}

class WorkerDriftTest : public WorkerTest {
 protected:
  /// The counts of a column of the model's layout, and the events counted.
  struct Counted {
    std::uint64_t events = 0;
    std::vector<std::uint64_t> bins;
  };
  static Counted Read(const ServedModel& served, const std::string& label) {
    const DriftCounts& counts = *served.metrics->drift();
    std::vector<std::uint64_t> totals;
    counts.Read(totals);
    for (const DriftLayout::Column& column : counts.layout().columns()) {
      if (column.label != label) continue;
      const auto first =
          totals.begin() + static_cast<std::ptrdiff_t>(column.first_slot);
      return {counts.events(),
              {first, first + static_cast<std::ptrdiff_t>(column.bins.size())}};
    }
    ADD_FAILURE() << "no column '" << label << "'";
    return {};
  }
  Counted ReadChampion(const std::string& label) const {
    return Read(models_.current()->champion, label);
  }
};

TEST_F(WorkerDriftTest, CountsTheInputsAndScoresOfScoredEvents) {
  Serve(WatchedModel(1));
  Event(0, "a", 0.5);
  Event(0, "b", 1.5);
  Event(0, "c", -1.0);
  Event(0, "d", 7.0);
  Run();
  // below, [0,1), [1,2], above, missing
  EXPECT_THAT(ReadChampion("x").bins, ElementsAre(1, 1, 1, 1, 0));
  EXPECT_THAT(ReadChampion("").bins, ElementsAre(1, 1, 1, 1, 0));
  EXPECT_EQ(ReadChampion("x").events, 4U);
}

TEST_F(WorkerDriftTest, DeadLettersAreNotCounted) {
  Serve(WatchedModel(1));
  Event(0, "a", 0.5);
  RawEvent(0, "no event");
  RawEvent(0, R"({"id":"without x, so without a score"})");
  Run();
  EXPECT_THAT(ReadChampion("x").bins, ElementsAre(0, 1, 0, 0, 0));
  EXPECT_EQ(ReadChampion("x").events, 1U);
}

TEST_F(WorkerDriftTest, AnEventThatIsReadAgainCountsOnce) {
  Serve(WatchedModel(1));
  for (const char* id : {"a", "b", "c"}) Event(0, id, 0.5);
  int failures = 1;
  sink_.status_of = [&](const Produced& made) {
    return made.key == "b" && failures-- > 0 ? DeliveryStatus::kFailed
                                             : DeliveryStatus::kDelivered;
  };
  Run();
  ASSERT_FALSE(source_.rewinds().empty());
  EXPECT_EQ(ReadChampion("x").events, 3U);
  EXPECT_THAT(ReadChampion("x").bins, ElementsAre(0, 3, 0, 0, 0));
}

TEST_F(WorkerDriftTest, AnEventCountsForTheVersionThatAnsweredIt) {
  auto models = SetOf(metrics_, WatchedModel(1));
  models->canaries = {Canary(metrics_, WatchedModel(2), 50.0)};
  models_.Set(models);
  for (int i = 0; i < 100; ++i) Event(0, "key-" + std::to_string(i), 0.5);
  Run();
  std::uint64_t by_canary = 0;
  for (const Produced& made : sink_.delivered) {
    if (made.HeaderOf("tidemill.model") == "small@2") ++by_canary;
  }
  ASSERT_GT(by_canary, 0U);
  ASSERT_LT(by_canary, 100U);
  EXPECT_EQ(Read(models->canaries[0].served, "x").events, by_canary);
  EXPECT_EQ(Read(models->champion, "x").events, 100U - by_canary);
}

TEST_F(WorkerDriftTest, AVersionInTwoRolesHasOneSetOfCounts) {
  const LoadedModelPtr model = WatchedModel(1);
  const ServedModel canary = Served(metrics_, model, Variant::kCanary);
  Serve(model);
  Event(0, "a", 0.5);
  Run();
  EXPECT_EQ(Read(canary, "x").events, 1U);
}

TEST_F(WorkerDriftTest, AShadowsInputsCountForIt) {
  ShadowQueue queue({.bytes = 1U << 20U, .blocks = 4});
  shadows_ = &queue;
  auto models = SetOf(metrics_, WatchedModel(1));
  models->shadows = {Served(metrics_, WatchedModel(8), Variant::kShadow)};
  models_.Set(models);
  Event(0, "a", 0.5);
  Event(0, "b", 1.5);
  RawEvent(0, "no event");
  Run();
  FakeSink shadow_sink(clock_);
  ShadowOptions options;
  options.service = "small";
  options.events_topic = "in";
  options.predictions_topic = "out";
  ShadowScorer scorer(options, shadow_sink, clock_);
  while (const auto block = queue.Take(milliseconds(0))) {
    scorer.Score(*block, *models);
  }
  scorer.TakeReports(milliseconds(0));
  EXPECT_THAT(Read(models->shadows[0], "x").bins, ElementsAre(0, 1, 1, 0, 0));
}

class WorkerDriftFeaturesTest : public WorkerDriftTest {
 protected:
  WorkerDriftFeaturesTest() {
    DriftOptions options;
    options.features = true;
    with_features_ = std::make_unique<ServiceMetrics>(
        "small", nullptr, ServiceMetrics::BuildInfo{}, options);
  }
  std::unique_ptr<ServiceMetrics> with_features_;
};

TEST_F(WorkerDriftFeaturesTest, FeaturesAreCountedWhenAsked) {
  models_.Set(SetOf(*with_features_, WatchedModel(1)));
  Event(0, "a", 0.5);
  Event(0, "b", 1.5);
  Run();
  EXPECT_THAT(ReadChampion("pipeline/x").bins, ElementsAre(0, 1, 1, 0, 0));
}

TEST_F(WorkerDriftFeaturesTest, AlsoWhenAModelMustScoreOneByOne) {
  models_.Set(SetOf(*with_features_, WatchedPickyModel(1.5)));
  // One batch: the model throws at the second of three.
  Event(0, "a", 0.5);
  Event(0, "b", 1.5);
  Event(0, "c", 1.75);
  Run();
  EXPECT_THAT(ReadChampion("x").bins, ElementsAre(0, 1, 1, 0, 0));
  EXPECT_THAT(ReadChampion("pipeline/x").bins, ElementsAre(0, 1, 1, 0, 0));
  // 2 x + 1: 2 and 4.5
  EXPECT_THAT(ReadChampion("").bins, ElementsAre(0, 1, 1, 0, 0));
}

TEST_F(WorkerDriftTest, OnlySampledEventsAreCounted) {
  DriftOptions options;
  options.sample = 0.25;
  ServiceMetrics sampled("small", nullptr, {}, options);
  auto models = SetOf(sampled, WatchedModel(1));
  models_.Set(models);
  std::uint64_t expected = 0;
  const DriftCounts& counts = *models->champion.metrics->drift();
  for (int i = 0; i < 400; ++i) {
    Event(i % 2, "key", 0.5);
    if (counts.Samples(i % 2, i / 2)) ++expected;
  }
  Run({0, 1});
  ASSERT_GT(expected, 0U);
  ASSERT_LT(expected, 400U);
  EXPECT_EQ(Read(models->champion, "x").events, expected);
}

TEST_F(WorkerDriftTest, AVersionWithoutBaselinesIsScoredAndNotWatched) {
  Serve(SmallModel(1));
  Event(0, "a", 0.5);
  Run();
  EXPECT_EQ(sink_.delivered.size(), 1U);
  const DriftCountsPtr& counts = models_.current()->champion.metrics->drift();
  EXPECT_TRUE(counts->layout().columns().empty());
  EXPECT_FALSE(counts->layout().skipped().empty());
}

}  // namespace
}  // namespace tidemill
