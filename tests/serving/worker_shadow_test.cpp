// What the worker leaves for the shadows.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/worker_fixture.h"
#include "telemetry/scrape.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class WorkerShadowTest : public WorkerTest {
 protected:
  WorkerShadowTest() {
    shadows_ = &queue_;
    set_->shadows = {Served(metrics_, SmallModel(8), Variant::kShadow),
                     Served(metrics_, SmallModel(9), Variant::kShadow)};
    models_.Set(set_);
  }

  struct Offered {
    std::string place;
    bool by_champion = true;
    std::optional<double> score;
    std::optional<std::string> label;
  };
  std::vector<Offered> TakeAll() {
    std::vector<Offered> all;
    while (const auto block = queue_.Take(milliseconds(0))) {
      for (const ShadowBlock::Event& event : block->events()) {
        Offered offered;
        offered.place = std::to_string(event.record.partition) + "/" +
                        std::to_string(event.record.offset);
        offered.by_champion = event.by_champion;
        offered.score = event.score;
        if (event.label) offered.label = *event.label;
        all.push_back(offered);
      }
    }
    return all;
  }

  ShadowQueue queue_{{.bytes = 1U << 20U, .blocks = 4}};
  std::shared_ptr<ModelSet> set_ = SetOf(metrics_, SmallModel(1, 1.0));
};

TEST_F(WorkerShadowTest, OffersEachEventWithWhatTheChampionSaidOfIt) {
  models_.Set(nullptr);
  set_->champion =
      Served(metrics_, SmallClassifier(1, 1.0), Variant::kChampion);
  models_.Set(set_);
  Event(0, "a", 2.0);
  RawEvent(0, "not json");
  Event(1, "b", -1.0);
  Run({0, 1});
  const std::vector<Offered> offered = TakeAll();
  ASSERT_THAT(offered, SizeIs(3));
  EXPECT_EQ(offered[0].place, "0/0");
  EXPECT_EQ(offered[0].score, 3.0);
  EXPECT_EQ(offered[0].label, "Yes");
  EXPECT_TRUE(offered[0].by_champion);
  EXPECT_EQ(offered[1].score, std::nullopt);
  EXPECT_EQ(offered[2].place, "1/0");
  EXPECT_EQ(offered[2].score, 0.0);
  EXPECT_EQ(offered[2].label, "No");
}

TEST_F(WorkerShadowTest, SaysWhichEventsACanaryAnswered) {
  set_->canaries = {Canary(metrics_, SmallModel(2), 50.0)};
  for (int i = 0; i < 50; ++i) Event(0, "k" + std::to_string(i), 1.0);
  Run();
  const CanaryShare share(50.0, "salt");
  const std::vector<Offered> offered = TakeAll();
  ASSERT_THAT(offered, SizeIs(50));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(offered[static_cast<std::size_t>(i)].by_champion,
              !share.Includes("k" + std::to_string(i)));
  }
}

TEST_F(WorkerShadowTest, WithoutShadowsNothingIsOffered) {
  set_->shadows.clear();
  Event(0, "a", 1.0);
  Run();
  EXPECT_THAT(TakeAll(), SizeIs(0));
}

TEST_F(WorkerShadowTest, AnEventThatIsReadAgainIsNotOfferedAgain) {
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  int failures = 2;
  sink_.status_of = [&](const Produced& made) {
    return made.key != "a" && failures-- > 0 ? DeliveryStatus::kFailed
                                             : DeliveryStatus::kDelivered;
  };
  quiet_rounds_ = -100;
  Run();
  EXPECT_GE(source_.rewinds().size(), 1U);
  std::vector<std::string> places;
  for (const Offered& offered : TakeAll()) places.push_back(offered.place);
  EXPECT_THAT(places, ElementsAre("0/0", "0/1", "0/2"));
}

TEST_F(WorkerShadowTest, AFullQueueDropsAndCountsAndHoldsNothingUp) {
  options_.max_batch = 10;
  for (int i = 0; i < 100; ++i) Event(0, "k" + std::to_string(i), 1.0);
  Run();
  EXPECT_THAT(SourcesOf("out"), SizeIs(100));
  EXPECT_THAT(TakeAll(), SizeIs(40));  // four blocks
  for (const char* version : {"8", "9"}) {
    EXPECT_THAT(Scrape(*metrics_.registry()),
                HasSubstr("tidemill_shadow_events_total{model=\"small\","
                          "outcome=\"dropped\",service=\"small\",version=\"" +
                          std::string(version) + "\"} 60\n"));
  }
}

TEST_F(WorkerShadowTest, AClosedQueueDropsAndCounts) {
  queue_.Close();
  Event(0, "a", 1.0);
  Run();
  EXPECT_THAT(SourcesOf("out"), SizeIs(1));
  EXPECT_THAT(Scrape(*metrics_.registry()),
              HasSubstr("outcome=\"dropped\",service=\"small\","
                        "version=\"8\"} 1\n"));
}

}  // namespace
}  // namespace tidemill
