#include "tidemill/serving/worker.h"

#include <cmath>
#include <limits>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/worker_fixture.h"
#include "tidemill/telemetry/service_snapshot.h"

namespace tidemill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST_F(WorkerTest, AnEventBecomesAPrediction) {
  Event(2, "a", 3.0);
  EXPECT_EQ(Run({2}), WorkerEnd::kDrained);
  ASSERT_EQ(sink_.delivered.size(), 1U);
  const Produced& made = sink_.delivered[0];
  EXPECT_EQ(made.topic, "out");
  EXPECT_EQ(made.key, "a");
  EXPECT_EQ(made.partition, 2);
  EXPECT_EQ(made.timestamp_ms, 1'000'000);
  EXPECT_EQ(made.HeaderOf("tidemill.source"), "in/2/0");
  EXPECT_EQ(made.HeaderOf("tidemill.model"), "small@0");
  EXPECT_THAT(*made.value,
              HasSubstr(R"({"id":"in/2/0","event_id":"a","service":"small",)"
                        R"("model":"small","version":0,"variant":"champion",)"
                        R"("score":7,"event_time":"1970-01-01T00:16:40.)"));
}

TEST_F(WorkerTest, ABadEventBecomesADeadLetterAsItCame) {
  OwnedRecord record;
  record.key = "k";
  record.value = "{\"id\":\"a\",\"x\":\"text\"}";
  record.headers = {{"traceparent", "00-1"}, {"other", "1"}};
  source_.Add(record);
  Run();
  ASSERT_EQ(sink_.delivered.size(), 1U);
  const Produced& made = sink_.delivered[0];
  EXPECT_EQ(made.topic, "dlq");
  EXPECT_EQ(made.key, "k");
  EXPECT_EQ(made.value, record.value);
  EXPECT_THAT(
      made.headers,
      ElementsAre(
          Pair("traceparent", "00-1"), Pair("other", "1"),
          Pair("tidemill.source", "in/0/0"),
          Pair("__streams.errors.topic", "in"),
          Pair("__streams.errors.partition", "0"),
          Pair("__streams.errors.offset", "0"),
          Pair("__streams.errors.exception", "tidemill.schema.wrong_type"),
          Pair("__streams.errors.message", HasSubstr("field 'x'")),
          Pair("tidemill.stage", "schema"),
          Pair("tidemill.reason", "wrong_type"),
          Pair("tidemill.model", "small@0")));
}

TEST_F(WorkerTest, ARecordWithoutAValueIsADeadLetterWithoutOne) {
  RawEvent(0, std::nullopt);
  Run();
  ASSERT_EQ(sink_.delivered.size(), 1U);
  EXPECT_EQ(sink_.delivered[0].value, std::nullopt);
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.reason"), "empty");
}

TEST_F(WorkerTest, TheTraceparentIsPassedOn) {
  OwnedRecord record;
  record.value = R"({"id":"a","x":1})";
  record.headers = {{"traceparent", "00-abc"}, {"secret", "s"}};
  source_.Add(record);
  Run();
  EXPECT_EQ(sink_.delivered[0].HeaderOf("traceparent"), "00-abc");
  EXPECT_EQ(sink_.delivered[0].HeaderOf("secret"), "");
}

TEST_F(WorkerTest, TheKeyChoosesThePartitionWhenTheCountsDiffer) {
  sink_.partitions_of["out"] = 3;
  Event(1, "a", 0.0);
  Run({1});
  EXPECT_EQ(sink_.delivered[0].partition, std::nullopt);
}

TEST_F(WorkerTest, EveryEventHasOneOutputAndIsCommitted) {
  for (int i = 0; i < 700; ++i) Event(i % 2, "e" + std::to_string(i), i);
  RawEvent(0, "not json");
  Run({0, 1});
  EXPECT_EQ(SourcesOf("out").size(), 700U);
  EXPECT_EQ(SourcesOf("dlq").size(), 1U);
  EXPECT_THAT(sink_.committed,
              UnorderedElementsAre(Pair(0, 351), Pair(1, 350)));
  const ServiceSnapshot snapshot = TakeSnapshot(metrics_);
  EXPECT_EQ(snapshot.scored, 700U);
  EXPECT_EQ(snapshot.dead_letters, 1U);
  EXPECT_EQ(snapshot.failed, 0U);
}

TEST_F(WorkerTest, AnUndeliveredOutputIsNotCommitted) {
  Event(0, "a", 1.0);
  Event(0, "b", 2.0);
  sink_.hold = true;
  Run();
  EXPECT_EQ(sink_.delivered.size(), 0U);
  EXPECT_THAT(sink_.committed, ElementsAre(Pair(0, 0)));
}

TEST_F(WorkerTest, ReadsNothingBeforeThereIsAModel) {
  models_.Set(nullptr);
  Event(0, "a", 1.0);
  actions_ = {[] {},
              [this] {
                EXPECT_TRUE(source_.paused());
                EXPECT_EQ(sink_.in_flight(), 0U);
                Serve(SmallModel(4));
              }};
  Run();
  ASSERT_EQ(sink_.delivered.size(), 1U);
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.model"), "small@4");
}

TEST_F(WorkerTest, ANewModelScoresTheNextBatch) {
  Event(0, "a", 1.0);
  actions_ = {[this] {
    Serve(SmallModel(2));
    Event(0, "b", 1.0);
  }};
  Run();
  ASSERT_EQ(sink_.delivered.size(), 2U);
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.model"), "small@0");
  EXPECT_EQ(sink_.delivered[1].HeaderOf("tidemill.model"), "small@2");
}

TEST_F(WorkerTest, ARevokeWaitsForTheReportsAndCommits) {
  Event(0, "a", 1.0);
  sink_.hold = true;
  actions_ = {[this] {
    EXPECT_EQ(sink_.in_flight(), 1U);
    sink_.on_poll = [this] { sink_.hold = false; };
    source_.Revoke(0);
    EXPECT_EQ(sink_.committed[0], 1);
  }};
  Run();
  EXPECT_EQ(SourcesOf("out"), (std::vector<std::string>{"in/0/0"}));
}

TEST_F(WorkerTest, ALostPartitionIsNotCommitted) {
  Event(0, "a", 1.0);
  actions_ = {[this] { source_.Lose(0); }};
  Run();
  EXPECT_TRUE(sink_.committed.empty());
}

TEST_F(WorkerTest, AFailedDeliveryIsRepeatedWithoutItsNeighbours) {
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  int failures = 1;
  sink_.status_of = [&](const Produced& made) {
    return made.key == "b" && failures-- > 0 ? DeliveryStatus::kFailed
                                             : DeliveryStatus::kDelivered;
  };
  Run();
  EXPECT_THAT(SourcesOf("out"),
              UnorderedElementsAre("in/0/0", "in/0/1", "in/0/2"));
  EXPECT_EQ(sink_.committed[0], 3);
  EXPECT_EQ(TakeSnapshot(metrics_).scored, 3U);
  EXPECT_EQ(source_.rewinds().size(), 1U);
}

TEST_F(WorkerTest, ARecordTheBrokerRefusesBecomesADeadLetter) {
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  sink_.status_of = [](const Produced& made) {
    return made.topic == "out" && made.key == "b" ? DeliveryStatus::kTooLarge
                                                  : DeliveryStatus::kDelivered;
  };
  Run();
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/0/2"));
  ASSERT_THAT(SourcesOf("dlq"), ElementsAre("in/0/1"));
  const Produced& letter = sink_.delivered.back();
  EXPECT_EQ(letter.HeaderOf("tidemill.stage"), "produce");
  EXPECT_EQ(letter.HeaderOf("tidemill.reason"), "record_too_large");
  EXPECT_EQ(letter.key, "b");
  EXPECT_EQ(sink_.committed[0], 3);
  EXPECT_EQ(TakeSnapshot(metrics_).dead_letters, 1U);
}

TEST_F(WorkerTest, TheNeighbourOfARefusedRecordIsScoredAfterAll) {
  for (const char* id : {"a", "b"}) Event(0, id, 1.0);
  int refusals = 1;
  sink_.status_of = [&](const Produced& made) {
    return made.key == "a" && refusals-- > 0 ? DeliveryStatus::kRejected
                                             : DeliveryStatus::kDelivered;
  };
  Run();
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/0/1"));
  EXPECT_THAT(SourcesOf("dlq"), ElementsAre());
}

TEST_F(WorkerTest, ADeadLetterThatIsTooLargeGoesOutWithoutItsContent) {
  OwnedRecord record;
  record.key = "k";
  record.value = "not json, and large";
  source_.Add(record);
  sink_.status_of = [](const Produced& made) {
    return made.value ? DeliveryStatus::kTooLarge : DeliveryStatus::kDelivered;
  };
  Run();
  ASSERT_EQ(sink_.delivered.size(), 1U);
  EXPECT_EQ(sink_.delivered[0].topic, "dlq");
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.truncated"), "true");
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.source"), "in/0/0");
  EXPECT_EQ(sink_.committed[0], 1);
}

TEST_F(WorkerTest, ARecordThatNobodyTakesIsCountedAsFailed) {
  RawEvent(0, "not json");
  Event(0, "a", 1.0);
  sink_.status_of = [](const Produced& made) {
    return made.topic == "dlq" ? DeliveryStatus::kRejected
                               : DeliveryStatus::kDelivered;
  };
  Run();
  EXPECT_EQ(TakeSnapshot(metrics_).failed, 1U);
  EXPECT_EQ(TakeSnapshot(metrics_).scored, 1U);
  EXPECT_EQ(sink_.committed[0], 2);
}

TEST_F(WorkerTest, ARecordRefusedAtOnceBecomesADeadLetter) {
  Event(0, "a", 1.0);
  sink_.produce_result = [](const Produced& made) {
    return made.topic == "out" ? ProduceResult::kTooLarge
                               : ProduceResult::kQueued;
  };
  Run();
  EXPECT_THAT(SourcesOf("dlq"), ElementsAre("in/0/0"));
  EXPECT_EQ(sink_.delivered[0].HeaderOf("tidemill.stage"), "produce");
}

TEST_F(WorkerTest, AFullQueueHoldsTheEventUntilThereIsRoom) {
  Event(0, "a", 1.0);
  sink_.full = true;
  int rounds = 0;
  sink_.on_poll = [&] { sink_.full = ++rounds < 5; };
  Run();
  EXPECT_THAT(SourcesOf("out"), ElementsAre("in/0/0"));
}

TEST_F(WorkerTest, ReadsNoMoreThanMayBeInFlight) {
  for (std::size_t i = 0; i < Worker::kMaxInFlight + 5000; ++i) {
    RawEvent(0, R"({"id":"a","x":1})");
  }
  sink_.hold = true;
  std::size_t most = 0;
  sink_.on_poll = [&] {
    most = std::max(most, sink_.in_flight());
    if (source_.paused()) sink_.hold = false;
  };
  quiet_rounds_ = -2000;
  Run();
  EXPECT_LE(most, Worker::kMaxInFlight);
  EXPECT_GT(most, Worker::kMaxInFlight / 2);
  EXPECT_EQ(sink_.committed[0],
            static_cast<std::int64_t>(Worker::kMaxInFlight + 5000));
}

TEST_F(WorkerTest, AFatalSourceEndsItWithoutACommit) {
  Event(0, "a", 1.0);
  actions_ = {[this] { source_.fatal = "fenced"; }};
  EXPECT_EQ(Run(), WorkerEnd::kFatal);
  EXPECT_EQ(worker().fatal_error(), "fenced");
}

TEST_F(WorkerTest, LeavesTheGroupWhenItStops) {
  Run();
  EXPECT_TRUE(source_.closed);
}

TEST_F(WorkerTest, ARecordBehindAFailureIsNotForgottenWithItsPartition) {
  Event(0, "a", 1.0);
  Event(1, "b", 1.0);
  int refusals = 4;  // the prediction and every form of its dead letter
  sink_.produce_result = [&](const Produced& made) {
    return made.HeaderOf("tidemill.source") == "in/0/0" && refusals-- > 0
               ? ProduceResult::kRejected
               : ProduceResult::kQueued;
  };
  Run({0, 1});
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/1/0"));
}

TEST_F(WorkerTest, ARefusedTimestampDoesNotCostTheEvent) {
  Event(0, "a", 1.0);
  sink_.status_of = [](const Produced& made) {
    return made.timestamp_ms == 1'000'000 ? DeliveryStatus::kRejected
                                          : DeliveryStatus::kDelivered;
  };
  Run();
  ASSERT_THAT(SourcesOf("dlq"), ElementsAre("in/0/0"));
  EXPECT_THAT(*sink_.delivered[0].value, HasSubstr(R"("id":"a")"));
  EXPECT_EQ(TakeSnapshot(metrics_).failed, 0U);
}

TEST_F(WorkerTest, AStopSettlesWhatWasRefused) {
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  sink_.status_of = [](const Produced& made) {
    return made.topic == "out" && made.key == "b" ? DeliveryStatus::kTooLarge
                                                  : DeliveryStatus::kDelivered;
  };
  sink_.on_poll = [this] {
    if (sink_.delivered.size() == 2) worker().RequestStop();
  };
  Run();
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/0/2"));
  EXPECT_THAT(SourcesOf("dlq"), ElementsAre("in/0/1"));
  EXPECT_EQ(sink_.committed[0], 3);
}

TEST_F(WorkerTest, ADrainBeginsNothingNew) {
  Event(0, "a", 1.0);
  int failures = 1;
  sink_.status_of = [&](const Produced&) {
    if (failures-- <= 0) return DeliveryStatus::kDelivered;
    // Read again half a second later, when it is about to stop.
    Event(0, "late", 1.0);
    worker().RequestStop();
    return DeliveryStatus::kFailed;
  };
  Run();
  EXPECT_THAT(SourcesOf("out"), ElementsAre("in/0/0"));
  EXPECT_EQ(sink_.committed[0], 1);
}

TEST_F(WorkerTest, WhatIsOnItsWayIsWaitedForBeforeARewind) {
  for (const char* id : {"a", "b", "c"}) Event(0, id, 1.0);
  int failures = 1;
  sink_.status_of = [&](const Produced& made) {
    if (made.key != "a" || failures-- <= 0) return DeliveryStatus::kDelivered;
    sink_.hold = true;  // the others' reports are late
    return DeliveryStatus::kFailed;
  };
  const SteadyTime start = clock_.Steady();
  sink_.on_poll = [&] {
    if (clock_.Steady() - start > std::chrono::seconds(2)) sink_.hold = false;
  };
  quiet_rounds_ = -2000;
  Run();
  EXPECT_EQ(sink_.aborts, 0);
  EXPECT_THAT(SourcesOf("out"),
              UnorderedElementsAre("in/0/0", "in/0/1", "in/0/2"));
}

TEST_F(WorkerTest, AReportOfALostPartitionRewindsNothing) {
  Event(0, "a", 1.0);
  sink_.hold = true;
  actions_ = {[this] {
    source_.Lose(0);
    source_.Assign(1, 0);
    sink_.status_of = [](const Produced&) { return DeliveryStatus::kFailed; };
    sink_.hold = false;
  }};
  Run();
  EXPECT_TRUE(source_.rewinds().empty());
}

TEST_F(WorkerTest, IsPolledAndPausedWhileThereIsNoRoom) {
  Event(0, "a", 1.0);
  Event(0, "b", 1.0);
  sink_.full = true;
  int polls_while_full = 0;
  const SteadyTime start = clock_.Steady();
  sink_.on_poll = [&] {
    if (sink_.full) polls_while_full = source_.polls();
    if (clock_.Steady() - start > std::chrono::seconds(10)) sink_.full = false;
  };
  quiet_rounds_ = -2000;
  Run();
  EXPECT_GT(polls_while_full, 2);
  EXPECT_THAT(SourcesOf("out"), UnorderedElementsAre("in/0/0", "in/0/1"));
}

TEST_F(WorkerTest, ALostPartitionMeansNotJoined) {
  actions_ = {[this] {
    EXPECT_TRUE(worker().joined());
    source_.Lose(0);
    EXPECT_FALSE(worker().joined());
  }};
  Run();
}

TEST_F(WorkerTest, AnAbsurdTimestampDoesNotSpoilTheLatency) {
  for (const std::int64_t time : {std::int64_t{10'000'000'000'000'000},
                                  std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max()}) {
    OwnedRecord record;
    record.value = R"({"id":"a","x":1})";
    record.timestamp_ms = time;
    source_.Add(record);
  }
  Run();
  EXPECT_EQ(SourcesOf("out").size(), 3U);
  EXPECT_LT(TakeSnapshot(metrics_).latency_p50, 1e-3);
}

TEST_F(WorkerTest, PartitionsThatAreNotKnownYetAreAskedForAgain) {
  source_.num_partitions = 0;
  Event(2, "a", 1.0);
  actions_ = {[this] {
                source_.num_partitions = 4;
                clock_.Advance(std::chrono::seconds(2));
              },
              [this] { Event(2, "b", 1.0); }};
  Run({2});
  ASSERT_EQ(sink_.delivered.size(), 2U);
  EXPECT_EQ(sink_.delivered[0].partition, std::nullopt);
  EXPECT_EQ(sink_.delivered[1].partition, 2);
}

TEST_F(WorkerTest, DeadLettersAreNoLatencies) {
  RawEvent(0, "not json");
  Run();
  EXPECT_TRUE(std::isnan(TakeSnapshot(metrics_).latency_p50));
}

}  // namespace
}  // namespace tidemill
