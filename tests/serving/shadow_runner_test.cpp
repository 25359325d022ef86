#include "tidemill/serving/shadow_runner.h"

#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "serving/fakes.h"
#include "serving/model_sets.h"
#include "serving/small_model.h"
#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

/// The value of a series whose line begins so; -1 when there is none.
double ValueOf(const ServiceMetrics& metrics, const std::string& series) {
  const std::string text = Scrape(*metrics.registry());
  const std::size_t at = text.find(series + " ");
  if (at == std::string::npos) return -1.0;
  return std::stod(text.substr(at + series.size() + 1));
}

/// Shadows over fakes. `sink_` and its clock are the scorer's alone.
class ShadowTest : public ::testing::Test {
 protected:
  ShadowTest() {
    options_.service = "small";
    options_.events_topic = "in";
    options_.predictions_topic = "out";
    sink_.partitions_of = {{"in", 4}, {"out.shadow", 4}};
    models_.Set(set_);
  }

  /// Shadow small@version with score = slope x + 1.
  ServedModel Shadow(std::uint32_t version, double slope) const {
    return Served(metrics_, SmallModel(version, slope), Variant::kShadow);
  }

  struct Sample {
    double x = 1.0;
    std::optional<double> score = 2.0;  ///< the champion's
    std::optional<std::string> label = {};
    Variant variant = Variant::kChampion;
    std::string value = {};  ///< instead of one with x
    std::int32_t partition = 0;
  };

  bool Push(const std::vector<Sample>& samples) {
    std::vector<std::string> values;
    for (const Sample& sample : samples) {
      values.push_back(sample.value.empty() ? R"({"id":"e","x":)" +
                                                  std::to_string(sample.x) + "}"
                                            : sample.value);
    }
    static const EventError error;
    static const std::vector<Header> headers = {{"traceparent", "00-1"},
                                                {"other", "1"}};
    ShadowBlock::Size size;
    std::vector<std::pair<Record, ScoredEvent>> events;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      Record record;
      record.topic = "in";
      record.partition = samples[i].partition;
      record.offset = next_offset_++;
      record.timestamp_ms = 1'000'000;
      record.key = "k";
      record.value = values[i];
      record.headers = headers;
      ScoredEvent scored;
      if (samples[i].score) {
        scored.score = *samples[i].score;
        if (samples[i].label) scored.label = *samples[i].label;
      } else {
        scored.error = &error;
      }
      size.Add(record, scored);
      events.emplace_back(record, scored);
    }
    std::unique_ptr<ShadowBlock> block = queue_.Begin(size);
    if (block == nullptr) return false;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      block->Add(events[i].first, events[i].second, samples[i].variant);
    }
    return queue_.Push(std::move(block));
  }

  /// A scorer of this thread scores all that was pushed, and takes reports.
  ShadowScorer& ScoreAll() {
    if (!scorer_) scorer_.emplace(options_, sink_, clock_);
    while (std::unique_ptr<ShadowBlock> block = queue_.Take(milliseconds(0))) {
      scorer_->Score(*block, *models_.current());
      queue_.Return(std::move(block));
    }
    scorer_->TakeReports(milliseconds(0));
    return *scorer_;
  }

  double Events(std::uint32_t version, const std::string& outcome) const {
    return ValueOf(metrics_,
                   "tidemill_shadow_events_total{model=\"small\","
                   "outcome=\"" +
                       outcome + "\",service=\"small\",version=\"" +
                       std::to_string(version) + "\"}");
  }
  double Agreement(const std::string& result) const {
    return ValueOf(metrics_,
                   "tidemill_shadow_agreement_total{model=\"small\","
                   "result=\"" +
                       result + "\",service=\"small\",version=\"8\"}");
  }

  FakeClock clock_;
  FakeSink sink_{clock_};
  ServiceMetrics metrics_{"small"};
  ModelTable models_;
  std::shared_ptr<ModelSet> set_ = SetOf(metrics_, SmallModel(1, 1.0));
  ShadowQueue queue_;
  ShadowOptions options_;
  std::optional<ShadowScorer> scorer_;
  std::int64_t next_offset_ = 0;
};

using ShadowScorerTest = ShadowTest;

TEST_F(ShadowScorerTest, AShadowsPredictionGoesToItsOwnTopic) {
  set_->shadows = {Shadow(8, 3.0)};
  Push({{.x = 2.0, .partition = 3}});
  ScoreAll();
  ASSERT_THAT(sink_.delivered, SizeIs(1));
  const Produced& made = sink_.delivered[0];
  EXPECT_EQ(made.topic, "out.shadow");
  EXPECT_EQ(made.key, "k");
  EXPECT_EQ(made.partition, 3);
  EXPECT_EQ(made.timestamp_ms, 1'000'000);
  EXPECT_THAT(made.headers, ElementsAre(Pair("tidemill.source", "in/3/0"),
                                        Pair("tidemill.model", "small@8"),
                                        Pair("traceparent", "00-1")));
  EXPECT_THAT(*made.value,
              HasSubstr(R"({"id":"in/3/0","event_id":"e","service":"small",)"
                        R"("model":"small","version":8,"variant":"shadow",)"
                        R"("score":7,)"));
}

TEST_F(ShadowScorerTest, TheKeyChoosesThePartitionWhenTheCountsDiffer) {
  sink_.partitions_of["out.shadow"] = 3;
  set_->shadows = {Shadow(8, 3.0)};
  Push({{.partition = 3}});
  ScoreAll();
  ASSERT_THAT(sink_.delivered, SizeIs(1));
  EXPECT_EQ(sink_.delivered[0].partition, std::nullopt);
}

TEST_F(ShadowScorerTest, EveryShadowScoresEveryEvent) {
  set_->shadows = {Shadow(8, 3.0), Shadow(9, 4.0)};
  Push({{}, {}, {}});
  Push({{}});
  ScoreAll();
  EXPECT_EQ(Events(8, "scored"), 4.0);
  EXPECT_EQ(Events(9, "scored"), 4.0);
  EXPECT_THAT(sink_.delivered, SizeIs(8));
}

TEST_F(ShadowScorerTest, WhatAShadowCannotScoreIsCountedAndNoDeadLetter) {
  set_->shadows = {Served(metrics_, PickyModel(8, 5.0), Variant::kShadow)};
  Push({{.x = 1.0}, {.x = 5.0}, {.value = "not json"}, {.x = 2.0}});
  ScoreAll();
  EXPECT_EQ(Events(8, "scored"), 2.0);
  EXPECT_EQ(Events(8, "failed"), 2.0);
  EXPECT_EQ(Events(8, "dropped"), 0.0);
  EXPECT_THAT(sink_.delivered, SizeIs(2));
  const VersionTotals totals = set_->shadows[0].counts->Read();
  EXPECT_EQ(totals.events, 4U);
  EXPECT_EQ(totals.errors, 1U);  // not that the event was no JSON
  EXPECT_THAT(totals.score_bins, ElementsAre(0, 2));
}

TEST_F(ShadowScorerTest, ARegressionAgreesWithinAThousandth) {
  set_->shadows = {Shadow(8, 1.0)};
  // Scores of 2 and 2001; of a score below 1 the thousandth is absolute.
  Push({{.x = 1.0, .score = 2.0019},
        {.x = 1.0, .score = 2.0021},
        {.x = 2000.0, .score = 2002.9},
        {.x = 2000.0, .score = 2003.1},
        {.x = -1.0, .score = 0.00099},
        {.x = -1.0, .score = 0.00101}});
  ScoreAll();
  EXPECT_EQ(Agreement("same"), 3.0);
  EXPECT_EQ(Agreement("different"), 3.0);
  EXPECT_NEAR(ValueOf(metrics_,
                      "tidemill_shadow_score_difference_sum{model=\"small\","
                      "service=\"small\",version=\"8\"}"),
              0.0019 + 0.0021 + 1.9 + 2.1 + 0.00099 + 0.00101, 1e-9);
}

TEST_F(ShadowScorerTest, AClassifierAgreesByItsLabel) {
  set_->shadows = {Served(metrics_, SmallClassifier(8, 1.0), Variant::kShadow)};
  Push({{.x = -0.4, .score = 0.9, .label = "Yes"},
        {.x = -0.4, .score = 0.4999, .label = "No"}});
  ScoreAll();
  EXPECT_EQ(Agreement("same"), 1.0);
  EXPECT_EQ(Agreement("different"), 1.0);
}

TEST_F(ShadowScorerTest, OnlyTheChampionsScoresAreComparedWith) {
  set_->shadows = {Shadow(8, 1.0)};
  Push({{.score = 2.0, .variant = Variant::kCanary}, {.score = {}}});
  ScoreAll();
  EXPECT_EQ(Events(8, "scored"), 2.0);
  EXPECT_EQ(Agreement("same"), 0.0);
  EXPECT_EQ(Agreement("different"), 0.0);
}

TEST_F(ShadowScorerTest, WhatIsNotDeliveredIsCountedAndNotRepeated) {
  set_->shadows = {Shadow(8, 1.0)};
  int reports = 0;
  sink_.status_of = [&](const Produced&) {
    return ++reports % 2 == 0 ? DeliveryStatus::kFailed
                              : DeliveryStatus::kDelivered;
  };
  Push(std::vector<Sample>(10));
  ScoreAll();
  EXPECT_EQ(Events(8, "scored"), 5.0);
  EXPECT_EQ(Events(8, "failed"), 5.0);
  EXPECT_EQ(reports, 10);
}

TEST_F(ShadowScorerTest, ATopicThatDoesNotExistFailsAllAndHoldsNothingUp) {
  sink_.partitions_of["out.shadow"] = 0;
  sink_.produce_result = [](const Produced&) {
    return ProduceResult::kRejected;
  };
  set_->shadows = {Shadow(8, 1.0)};
  const SteadyTime start = clock_.Steady();
  Push(std::vector<Sample>(100));
  EXPECT_EQ(ScoreAll().unreported(), 0U);
  EXPECT_EQ(Events(8, "failed"), 100.0);
  EXPECT_EQ(clock_.Steady(), start);
}

TEST_F(ShadowScorerTest, AFullSinkDropsABlockAfterOneWait) {
  set_->shadows = {Shadow(8, 1.0), Shadow(9, 1.0)};
  sink_.full = true;
  const SteadyTime start = clock_.Steady();
  Push(std::vector<Sample>(100));
  ScoreAll();
  EXPECT_EQ(Events(8, "dropped"), 100.0);
  EXPECT_EQ(Events(9, "dropped"), 100.0);
  EXPECT_LE(clock_.Steady() - start, options_.room_timeout + milliseconds(20));
}

TEST_F(ShadowScorerTest, WaitsForASinkThatHasRoomAgainSoon) {
  set_->shadows = {Shadow(8, 1.0)};
  sink_.full = true;
  int polls = 0;
  sink_.on_poll = [&] { sink_.full = ++polls < 3; };
  Push(std::vector<Sample>(10));
  ScoreAll();
  EXPECT_EQ(Events(8, "scored"), 10.0);
}

TEST_F(ShadowScorerTest, NoMoreWaitForTheirReportThanAreAllowed) {
  set_->shadows = {Shadow(8, 1.0)};
  sink_.hold = true;
  const std::size_t extra = 100;
  for (std::size_t i = 0; i < ShadowScorer::kMaxInFlight / 512; ++i) {
    Push(std::vector<Sample>(512));
    ScoreAll();
  }
  EXPECT_EQ(Events(8, "dropped"), 0.0);
  Push(std::vector<Sample>(extra));
  EXPECT_EQ(ScoreAll().unreported(), ShadowScorer::kMaxInFlight);
  EXPECT_EQ(Events(8, "dropped"), static_cast<double>(extra));
  sink_.hold = false;
  EXPECT_EQ(ScoreAll().unreported(), 0U);
  EXPECT_EQ(Events(8, "scored"),
            static_cast<double>(ShadowScorer::kMaxInFlight));
}

TEST_F(ShadowScorerTest, ARetiredShadowsSeriesGoWithItsLastReport) {
  set_->shadows = {Shadow(8, 1.0)};
  sink_.hold = true;
  Push({{}});
  ShadowScorer& scorer = ScoreAll();
  const std::weak_ptr<const LoadedModel> model = set_->shadows[0].model;
  auto next = std::make_shared<ModelSet>();
  next->champion = set_->champion;
  set_.reset();
  models_.Set(next);
  models_.Collect();
  scorer.Retain(next.get());
  EXPECT_TRUE(model.expired());
  EXPECT_EQ(Events(8, "scored"), 0.0);
  sink_.hold = false;
  scorer.TakeReports(milliseconds(0));
  EXPECT_EQ(Events(8, "scored"), -1.0);
  EXPECT_THAT(Scrape(*metrics_.registry()), Not(HasSubstr("version=\"8\"")));
}

TEST_F(ShadowScorerTest, ShowsLatencyAndScoresOfTheShadow) {
  set_->shadows = {Shadow(8, 1.0)};
  Push({{}, {}});
  ScoreAll();
  const std::string labels =
      "{model=\"small\",service=\"small\",variant=\"shadow\",version=\"8\"}";
  EXPECT_EQ(ValueOf(metrics_, "tidemill_prediction_score_count" + labels), 2.0);
  EXPECT_EQ(
      ValueOf(metrics_, "tidemill_end_to_end_latency_seconds_count" + labels),
      2.0);
}

class ShadowRunnerTest : public ShadowTest {
 protected:
  /// Runs until all that was pushed by now is dealt with.
  void RunToTheEnd() {
    ShadowRunner runner(options_, queue_, sink_, models_, clock_);
    runner.Stop();
  }

  /// For sink_.on_poll: the runner goes on once it was asked to stop.
  void AwaitStop() {
    while (std::unique_ptr<ShadowBlock> block = queue_.Begin({})) {
      queue_.Return(std::move(block));
      std::this_thread::yield();
    }
  }
};

TEST_F(ShadowRunnerTest, ScoresWhatWaitsBeforeItStops) {
  set_->shadows = {Shadow(8, 1.0)};
  for (int i = 0; i < 20; ++i) Push(std::vector<Sample>(5));
  RunToTheEnd();
  EXPECT_EQ(Events(8, "scored"), 100.0);
  EXPECT_FALSE(Push({{}}));
}

TEST_F(ShadowRunnerTest, ScoresWhileItRuns) {
  set_->shadows = {Shadow(8, 1.0)};
  ShadowRunner runner(options_, queue_, sink_, models_, clock_);
  for (int i = 0; i < 20; ++i) Push(std::vector<Sample>(5));
  while (Events(8, "scored") < 100.0) std::this_thread::yield();
  runner.Stop();
  EXPECT_THAT(sink_.delivered, SizeIs(100));
}

TEST_F(ShadowRunnerTest, WithoutShadowsWhatWaitsIsForgotten) {
  Push({{}});
  RunToTheEnd();
  EXPECT_THAT(sink_.delivered, IsEmpty());
}

TEST_F(ShadowRunnerTest, WithoutASetItStopsTheSame) {
  models_.Set(nullptr);
  Push({{}});
  RunToTheEnd();
  EXPECT_THAT(sink_.delivered, IsEmpty());
}

TEST_F(ShadowRunnerTest, AStopDoesNotWaitForReportsForEver) {
  set_->shadows = {Shadow(8, 1.0)};
  sink_.hold = true;
  sink_.on_poll = [this] { AwaitStop(); };
  Push(std::vector<Sample>(10));
  const SteadyTime start = clock_.Steady();
  RunToTheEnd();
  EXPECT_LE(clock_.Steady() - start,
            options_.drain_timeout + milliseconds(100));
  EXPECT_EQ(sink_.aborts, 1);
  EXPECT_EQ(Events(8, "failed"), 10.0);
}

TEST_F(ShadowRunnerTest, AStopDropsWhatThereIsNoTimeFor) {
  set_->shadows = {Shadow(8, 1.0)};
  // Each block waits for room in vain.
  sink_.full = true;
  sink_.on_poll = [this] { AwaitStop(); };
  options_.drain_timeout = milliseconds(450);
  for (int i = 0; i < 50; ++i) Push(std::vector<Sample>(2));
  const SteadyTime start = clock_.Steady();
  RunToTheEnd();
  EXPECT_EQ(Events(8, "dropped"), 100.0);
  // The block that was at hand when it was stopped, then the drain.
  EXPECT_LE(clock_.Steady() - start,
            options_.room_timeout + options_.drain_timeout + milliseconds(100));
}

TEST_F(ShadowRunnerTest, EveryEventIsScoredFailedOrDropped) {
  set_->shadows = {Served(metrics_, PickyModel(8, 5.0), Variant::kShadow)};
  int produced = 0;
  sink_.produce_result = [&](const Produced&) {
    return ++produced % 7 == 0 ? ProduceResult::kTooLarge
                               : ProduceResult::kQueued;
  };
  int reports = 0;
  sink_.status_of = [&](const Produced&) {
    return ++reports % 3 == 0 ? DeliveryStatus::kFailed
                              : DeliveryStatus::kDelivered;
  };
  const ShadowMetrics& counts = *set_->shadows[0].shadow;
  {
    ShadowRunner runner(options_, queue_, sink_, models_, clock_);
    for (int i = 0; i < 200; ++i) {
      std::vector<Sample> samples(10);
      samples[3].x = 5.0;
      if (!Push(samples)) counts.CountDropped(10);  // as the worker does
    }
  }
  EXPECT_EQ(Events(8, "scored") + Events(8, "failed") + Events(8, "dropped"),
            2000.0);
  EXPECT_GT(Events(8, "scored"), 0.0);
  EXPECT_GT(Events(8, "failed"), 0.0);
}

TEST_F(ShadowRunnerTest, ShadowsAreExchangedWhileItRuns) {
  constexpr std::uint32_t kVersions = 10;
  constexpr int kBlocks = 300;
  std::vector<LoadedModelPtr> loaded;
  for (std::uint32_t version = 1; version <= kVersions; ++version) {
    loaded.push_back(SmallModel(version, version));
  }
  const auto set_of = [&](std::uint32_t version) {
    auto next = std::make_shared<ModelSet>();
    next->champion = set_->champion;
    next->shadows = {Served(metrics_, loaded[version - 1], Variant::kShadow)};
    return next;
  };
  models_.Set(set_of(1));
  {
    ShadowRunner runner(options_, queue_, sink_, models_, clock_);
    for (int i = 0; i < kBlocks; ++i) {
      models_.Set(set_of(static_cast<std::uint32_t>(i) % kVersions + 1));
      models_.Collect();
      while (!Push(std::vector<Sample>(4))) std::this_thread::yield();
    }
  }
  std::map<std::string, int> times;
  for (const Produced& made : sink_.delivered) {
    const nlohmann::json json = nlohmann::json::parse(*made.value);
    EXPECT_EQ(json.at("score"), json.at("version").get<double>() + 1.0);
    EXPECT_EQ(++times[json.at("id")], 1);
  }
  EXPECT_THAT(times, SizeIs(4 * kBlocks));
}

}  // namespace
}  // namespace tidemill
