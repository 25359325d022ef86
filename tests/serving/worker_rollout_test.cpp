// The worker with several models at once, and with models that change.
#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "serving/worker_fixture.h"
#include "telemetry/scrape.h"
#include "tidemill/telemetry/service_snapshot.h"

namespace tidemill {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

/// A delivered prediction, read back.
struct DeliveredPrediction {
  std::string source;
  std::string key;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::uint32_t version = 0;
  std::string variant;
  double score = 0.0;
};

class WorkerRolloutTest : public WorkerTest {
 protected:
  /// Champion small@1 with slope 1 and canary small@2 with slope 2.
  std::shared_ptr<ModelSet> ChampionAndCanary(double percent,
                                              std::string by = "key") {
    auto models = SetOf(metrics_, SmallModel(1, 1.0));
    models->canaries = {
        Canary(metrics_, SmallModel(2, 2.0), percent, std::move(by))};
    return models;
  }

  std::vector<DeliveredPrediction> Predictions() const {
    std::vector<DeliveredPrediction> predictions;
    for (const Produced& made : sink_.delivered) {
      if (made.topic != "out") continue;
      const nlohmann::json json = nlohmann::json::parse(*made.value);
      DeliveredPrediction prediction;
      prediction.source = json.at("id");
      prediction.key = made.key.value_or("");
      prediction.version = json.at("version");
      prediction.variant = json.at("variant");
      prediction.score = json.at("score");
      const std::size_t slash = prediction.source.rfind('/');
      prediction.offset = std::stoll(prediction.source.substr(slash + 1));
      prediction.partition = *made.partition;
      EXPECT_EQ(made.HeaderOf("tidemill.source"), prediction.source);
      EXPECT_EQ(made.HeaderOf("tidemill.model"),
                "small@" + std::to_string(prediction.version));
      predictions.push_back(prediction);
    }
    return predictions;
  }

  /// Every offset of every partition once, rising.
  static void ExpectInOrder(
      const std::vector<DeliveredPrediction>& predictions) {
    std::map<std::int32_t, std::int64_t> next;
    for (const DeliveredPrediction& prediction : predictions) {
      ASSERT_EQ(prediction.offset, next[prediction.partition]++)
          << prediction.source;
    }
  }

  /// `champions` of the events went to version 1, the others to version 2.
  void ExpectShare(std::size_t champions, std::size_t canaries) const {
    std::map<std::uint32_t, std::size_t> events;
    for (const DeliveredPrediction& prediction : Predictions()) {
      ++events[prediction.version];
    }
    EXPECT_EQ(events[1], champions);
    EXPECT_EQ(events[2], canaries);
  }

  std::string Metrics() const { return Scrape(*metrics_.registry()); }
};

TEST_F(WorkerRolloutTest, AKeyMeetsTheSameVariantInItsOrderEverywhere) {
  models_.Set(ChampionAndCanary(30.0));
  options_.max_batch = 64;
  for (int i = 0; i < 4000; ++i) {
    Event(i % 4, "k" + std::to_string(i % 997), i % 10);
  }
  quiet_rounds_ = -4000 / 64;
  Run({0, 1, 2, 3});
  const std::vector<DeliveredPrediction> predictions = Predictions();
  ASSERT_EQ(predictions.size(), 4000U);
  ExpectInOrder(predictions);
  const CanaryShare share(30.0, "salt");
  std::size_t canaries = 0;
  for (const DeliveredPrediction& prediction : predictions) {
    const bool canary = share.Includes(prediction.key);
    canaries += canary ? 1 : 0;
    const double x = static_cast<double>(
        (prediction.offset * 4 + prediction.partition) % 10);
    ASSERT_EQ(prediction.version, canary ? 2U : 1U) << prediction.key;
    ASSERT_EQ(prediction.variant, canary ? "canary" : "champion");
    ASSERT_EQ(prediction.score, (canary ? 2.0 : 1.0) * x + 1.0);
  }
  EXPECT_GT(canaries, 1000U);
  EXPECT_LT(canaries, 1400U);
}

TEST_F(WorkerRolloutTest, ACanaryOfNothingAnswersForNobody) {
  models_.Set(ChampionAndCanary(0.0));
  for (int i = 0; i < 300; ++i) Event(0, std::to_string(i), 1.0);
  Run();
  ExpectShare(300, 0);
}

TEST_F(WorkerRolloutTest, ACanaryOfAllAnswersForAll) {
  models_.Set(ChampionAndCanary(100.0));
  for (int i = 0; i < 300; ++i) Event(0, std::to_string(i), 1.0);
  Run();
  ExpectShare(0, 300);
}

TEST_F(WorkerRolloutTest, AFieldsValueMeetsTheSameVariantWhateverTheKey) {
  models_.Set(ChampionAndCanary(50.0, "x"));
  for (int i = 0; i < 400; ++i) Event(i % 4, "k" + std::to_string(i), i % 7);
  Run({0, 1, 2, 3});
  std::map<double, std::uint32_t> version_of_x;
  std::map<std::uint32_t, int> events;
  for (const DeliveredPrediction& prediction : Predictions()) {
    ++events[prediction.version];
    const double x = (prediction.score - 1.0) / prediction.version;
    const auto place = version_of_x.try_emplace(x, prediction.version).first;
    ASSERT_EQ(place->second, prediction.version) << x;
  }
  EXPECT_THAT(version_of_x, SizeIs(7));
  EXPECT_THAT(events, SizeIs(2));
}

TEST_F(WorkerRolloutTest, EventsWithoutAKeyAreDrawnByTheirId) {
  models_.Set(ChampionAndCanary(50.0));
  for (int i = 0; i < 100; ++i) {
    RawEvent(0, R"({"x":1,"id":"e)" + std::to_string(i) + "\"}");
  }
  Run();
  const CanaryShare share(50.0, "salt");
  ASSERT_THAT(Predictions(), SizeIs(100));
  for (const DeliveredPrediction& prediction : Predictions()) {
    const std::string id = "e" + std::to_string(prediction.offset);
    EXPECT_EQ(prediction.version, share.Includes(id) ? 2U : 1U) << id;
  }
}

TEST_F(WorkerRolloutTest, ADeadLetterNamesTheModelThatWasChosen) {
  models_.Set(ChampionAndCanary(100.0));
  RawEvent(0, "not json");
  Run();
  ASSERT_THAT(sink_.delivered, SizeIs(1));
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.model"), "small@2");
}

TEST_F(WorkerRolloutTest, NothingIsLostDoubledOrReorderedByExchanges) {
  constexpr int kExchanges = 500;
  constexpr int kEventsEach = 20;
  options_.max_batch = 64;
  // Exchange n sets champion 2 n + 1 and canary 2 n + 2; slopes are versions.
  for (int n = 0; n < kExchanges; ++n) {
    actions_.push_back([this, n] {
      const auto champion = static_cast<std::uint32_t>(2 * n + 1);
      auto models = SetOf(metrics_, SmallModel(champion, champion));
      models->canaries = {
          Canary(metrics_, SmallModel(champion + 1, champion + 1), 40.0)};
      models_.Set(std::move(models));
      EXPECT_LE(models_.Collect(), 1U);
      for (int i = 0; i < kEventsEach; ++i) {
        // The partition's own count is its offset.
        Event(i % 4, "k" + std::to_string(i), n);
      }
    });
  }
  Run({0, 1, 2, 3});
  const std::vector<DeliveredPrediction> predictions = Predictions();
  ASSERT_EQ(predictions.size(),
            static_cast<std::size_t>(kExchanges * kEventsEach));
  ExpectInOrder(predictions);
  const CanaryShare share(40.0, "salt");
  for (const DeliveredPrediction& prediction : predictions) {
    const auto n =
        static_cast<std::uint32_t>(prediction.offset / (kEventsEach / 4));
    const std::uint32_t version =
        2 * n + (share.Includes(prediction.key) ? 2 : 1);
    ASSERT_EQ(prediction.version, version) << prediction.source;
    ASSERT_EQ(prediction.score, 1.0 * version * n + 1.0);
  }
  EXPECT_EQ(TakeSnapshot(metrics_).scored, predictions.size());
}

TEST_F(WorkerRolloutTest, ALoaderOnItsOwnThreadDisturbsNothing) {
  constexpr int kEvents = 20'000;
  options_.max_batch = 16;
  for (int i = 0; i < kEvents; ++i) {
    Event(i % 4, "k" + std::to_string(i), 1.0);
  }
  std::vector<LoadedModelPtr> loaded;
  for (std::uint32_t version = 1; version <= 16; ++version) {
    loaded.push_back(SmallModel(version, version));
  }
  models_.Set(SetOf(metrics_, loaded[0]));
  std::atomic<bool> done{false};
  std::thread loader([&] {
    for (std::size_t n = 0; !done.load(); ++n) {
      auto models = SetOf(metrics_, loaded[n % 15]);
      models->canaries = {Canary(metrics_, loaded[15], 50.0)};
      models_.Set(std::move(models));
      models_.Collect();
    }
  });
  quiet_rounds_ = -kEvents / 16;
  Run({0, 1, 2, 3});
  done.store(true);
  loader.join();
  const std::vector<DeliveredPrediction> predictions = Predictions();
  ASSERT_EQ(predictions.size(), static_cast<std::size_t>(kEvents));
  ExpectInOrder(predictions);
  for (const DeliveredPrediction& prediction : predictions) {
    ASSERT_EQ(prediction.score, prediction.version + 1.0);
    ASSERT_EQ(prediction.variant,
              prediction.version == 16 ? "canary" : "champion");
  }
}

TEST_F(WorkerRolloutTest, AModelThatThrowsCostsOneEventOfAHundred) {
  models_.Set(SetOf(metrics_, PickyModel(3, 42.0)));
  for (int i = 0; i < 100; ++i) Event(0, "k" + std::to_string(i), i);
  EXPECT_EQ(Run(), WorkerEnd::kDrained);
  EXPECT_THAT(SourcesOf("out"), SizeIs(99));
  ASSERT_THAT(SourcesOf("dlq"), ElementsAre("in/0/42"));
  const auto letter =
      std::find_if(sink_.delivered.begin(), sink_.delivered.end(),
                   [](const Produced& made) { return made.topic == "dlq"; });
  EXPECT_EQ(letter->HeaderOf("tidemill.stage"), "model");
  EXPECT_EQ(letter->HeaderOf("tidemill.reason"), "model_failed");
  EXPECT_THAT(letter->HeaderOf("__streams.errors.message"),
              HasSubstr("a hole in the model"));
  EXPECT_EQ(sink_.committed[0], 100);
}

TEST_F(WorkerRolloutTest, ACanaryThatThrowsCostsTheChampionNothing) {
  auto models = SetOf(metrics_, SmallModel(1, 1.0));
  models->canaries = {Canary(metrics_, PickyModel(2, 7.0), 50.0)};
  models_.Set(models);
  for (int i = 0; i < 200; ++i) Event(0, "k" + std::to_string(i), 7.0);
  Run();
  const CanaryShare share(50.0, "salt");
  std::size_t bad = 0;
  for (int i = 0; i < 200; ++i) {
    bad += share.Includes("k" + std::to_string(i)) ? 1 : 0;
  }
  EXPECT_THAT(SourcesOf("dlq"), SizeIs(bad));
  EXPECT_THAT(SourcesOf("out"), SizeIs(200 - bad));
  EXPECT_EQ(models->champion.counts->Read().errors, 0U);
  EXPECT_EQ(models->canaries[0].served.counts->Read().errors, bad);
}

TEST_F(WorkerRolloutTest, ARewindRepeatsNothingOfEitherVariant) {
  models_.Set(ChampionAndCanary(50.0));
  for (int i = 0; i < 200; ++i) {
    Event(i % 2, "k" + std::to_string(i), 1.0);
  }
  std::map<std::string, int> failures = {
      {"in/0/3", 1}, {"in/0/4", 2}, {"in/1/50", 1}};
  sink_.status_of = [&](const Produced& made) {
    return failures[made.HeaderOf("tidemill.source")]-- > 0
               ? DeliveryStatus::kFailed
               : DeliveryStatus::kDelivered;
  };
  quiet_rounds_ = -100;
  Run({0, 1});
  EXPECT_GE(source_.rewinds().size(), 2U);
  std::map<std::string, int> times;
  const CanaryShare share(50.0, "salt");
  for (const DeliveredPrediction& prediction : Predictions()) {
    EXPECT_EQ(++times[prediction.source], 1);
    EXPECT_EQ(prediction.version, share.Includes(prediction.key) ? 2U : 1U);
  }
  EXPECT_THAT(times, SizeIs(200));
  EXPECT_EQ(TakeSnapshot(metrics_).scored, 200U);
}

TEST_F(WorkerRolloutTest, ARecordThatIsReadAgainMeetsThePresentSet) {
  models_.Set(ChampionAndCanary(0.0));
  Event(0, "a", 1.0);
  bool failed = false;
  sink_.status_of = [&](const Produced&) {
    if (failed) return DeliveryStatus::kDelivered;
    failed = true;
    models_.Set(ChampionAndCanary(100.0));
    return DeliveryStatus::kFailed;
  };
  Run();
  ASSERT_THAT(Predictions(), SizeIs(1));
  EXPECT_EQ(Predictions()[0].version, 2U);
}

TEST_F(WorkerRolloutTest, ARefusedRecordOfACanaryIsItsDeadLetter) {
  models_.Set(ChampionAndCanary(100.0));
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  sink_.status_of = [](const Produced& made) {
    return made.topic == "out" && made.key == "b" ? DeliveryStatus::kTooLarge
                                                  : DeliveryStatus::kDelivered;
  };
  Run();
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/0/2"));
  ASSERT_THAT(SourcesOf("dlq"), ElementsAre("in/0/1"));
  EXPECT_EQ(sink_.delivered.back().HeaderOf("tidemill.model"), "small@2");
}

TEST_F(WorkerRolloutTest, EventsCountForTheVersionThatWasChosen) {
  models_.Set(ChampionAndCanary(100.0));
  Event(0, "a", 1.0);
  Event(0, "b", 1.0);
  RawEvent(0, "not json");
  Run();
  EXPECT_THAT(Metrics(),
              AllOf(HasSubstr("tidemill_version_events_total{model=\"small\","
                              "outcome=\"scored\",service=\"small\","
                              "variant=\"canary\",version=\"2\"} 2\n"),
                    HasSubstr("tidemill_version_events_total{model=\"small\","
                              "outcome=\"dead_letter\",service=\"small\","
                              "variant=\"canary\",version=\"2\"} 1\n"),
                    HasSubstr("tidemill_version_events_total{model=\"small\","
                              "outcome=\"scored\",service=\"small\","
                              "variant=\"champion\",version=\"1\"} 0\n"),
                    HasSubstr("tidemill_prediction_score_count{model=\"small\","
                              "service=\"small\",variant=\"canary\","
                              "version=\"2\"} 2\n")));
}

TEST_F(WorkerRolloutTest, GuardrailsSeeEachVersionsEvents) {
  options_.max_batch = 16;
  const auto models = ChampionAndCanary(50.0);
  models_.Set(models);
  const CanaryShare share(50.0, "salt");
  std::map<bool, std::uint64_t> good;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    ++good[share.Includes(key)];
    Event(0, key, 1.0);
  }
  OwnedRecord record;
  record.key = "k0";
  record.value = R"({"id":"k0","x":"wrong type"})";  // schema: an error
  source_.Add(record);
  record.value = "not json";  // parse: nobody's error
  source_.Add(record);
  record.value = R"({"id":"k0"})";  // x missing: NaN, no finite score
  source_.Add(record);
  Run();
  const bool bad_ones = share.Includes("k0");
  for (const bool canary : {false, true}) {
    const VersionTotals totals =
        (canary ? models->canaries[0].served : models->champion).counts->Read();
    const std::uint64_t bad = canary == bad_ones ? 1 : 0;
    EXPECT_EQ(totals.events, good[canary] + 3 * bad);
    EXPECT_EQ(totals.errors, 2 * bad);
    EXPECT_EQ(totals.cells, good[canary] + bad);
    EXPECT_EQ(totals.missing, bad);
    EXPECT_THAT(totals.score_bins, ElementsAre(0, good[canary]));
    std::uint64_t timed = 0;
    for (const std::uint64_t bin : totals.time_bins) timed += bin;
    EXPECT_EQ(timed, totals.events);
  }
}

TEST_F(WorkerRolloutTest, AnOldSetIsNotKeptByWhoHasOutputsOfItUnderWay) {
  auto old = ChampionAndCanary(50.0);
  const std::weak_ptr<const LoadedModel> champion = old->champion.model;
  const std::weak_ptr<const LoadedModel> canary = old->canaries[0].served.model;
  const std::weak_ptr<const VersionMetrics> series = old->champion.metrics;
  models_.Set(std::move(old));
  for (int i = 0; i < 20; ++i) Event(0, "k" + std::to_string(i), 1.0);
  sink_.hold = true;
  actions_ = {[this] { Serve(SmallModel(5)); },
              [this, champion, canary, series] {
                EXPECT_EQ(sink_.in_flight(), 20U);
                EXPECT_EQ(models_.Collect(), 0U);
                EXPECT_TRUE(champion.expired());
                EXPECT_TRUE(canary.expired());
                // Its events are still to be counted.
                EXPECT_FALSE(series.expired());
                EXPECT_THAT(Metrics(), HasSubstr("version=\"1\""));
                sink_.hold = false;
              },
              [this, series] {
                EXPECT_TRUE(series.expired());
                EXPECT_THAT(Metrics(), AllOf(Not(HasSubstr("version=\"1\"")),
                                             Not(HasSubstr("version=\"2\"")),
                                             HasSubstr("version=\"5\"")));
              }};
  Run();
  EXPECT_THAT(SourcesOf("out"), SizeIs(20));
  EXPECT_EQ(TakeSnapshot(metrics_).scored, 20U);
}

TEST_F(WorkerRolloutTest, ACanaryThatReturnsIsCountedOn) {
  const auto with = ChampionAndCanary(100.0);
  auto without = std::make_shared<ModelSet>();
  without->champion = with->champion;
  models_.Set(with);
  Event(0, "a", 1.0);
  actions_ = {[this, without] {
                models_.Set(without);
                Event(0, "b", 1.0);
              },
              [this, with] {
                models_.Set(with);
                Event(0, "c", 1.0);
              }};
  Run();
  const std::vector<DeliveredPrediction> predictions = Predictions();
  ASSERT_THAT(predictions, SizeIs(3));
  EXPECT_EQ(predictions[0].version, 2U);
  EXPECT_EQ(predictions[1].version, 1U);
  EXPECT_EQ(predictions[2].version, 2U);
  EXPECT_THAT(Metrics(),
              HasSubstr("tidemill_version_events_total{model=\"small\","
                        "outcome=\"scored\",service=\"small\","
                        "variant=\"canary\",version=\"2\"} 2\n"));
}

}  // namespace
}  // namespace tidemill
