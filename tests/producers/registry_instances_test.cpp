#include "producers/registry_instances.h"

#include <deque>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kStart{std::chrono::seconds(1'700'000'000)};

InstanceStatus Status(const std::string& instance, std::uint64_t sequence,
                      InstanceState state) {
  return {.service = "churn",
          .instance = instance,
          .sequence = sequence,
          .state = state,
          .detail = "",
          .swap_us = std::nullopt,
          .champion = "",
          .challengers = {},
          .time = "2026-11-21T09:12:02Z"};
}

LogRecord Record(const InstanceStatus& status, WallTime time = kStart) {
  return {
      .topic = "status",
      .key = status.service + "/" + status.instance,
      .value = ToJson(status),
      .offset = 0,
      .timestamp_ms =
          std::chrono::floor<milliseconds>(time).time_since_epoch().count()};
}

LogRecord StateRecord(std::uint64_t sequence) {
  RegistryState state;
  state.service = "churn";
  state.sequence = sequence;
  state.issued_by = "me";
  state.issued_at = "2026-11-21T09:12:02Z";
  return {.topic = "state",
          .key = "churn",
          .value = ToJson(state),
          .offset = 0,
          .timestamp_ms = 0};
}

class TestClock final : public Clock {
 public:
  WallTime Now() const override { return kStart + passed; }
  SteadyTime Steady() const override { return SteadyTime() + passed; }
  milliseconds passed{0};
};

/// Answers batch after batch; each Poll() without one lets the time pass.
class FakeReader final : public LogReader {
 public:
  explicit FakeReader(TestClock& clock) : clock_(clock) {}
  std::vector<LogRecord> Poll(milliseconds timeout) override {
    if (batches.empty()) {
      end = true;
      clock_.passed += timeout;
      return {};
    }
    auto batch = std::move(batches.front());
    batches.pop_front();
    end = end || batches.size() <= after_end;
    return batch;
  }
  bool at_end() const override { return end; }

  std::deque<std::vector<LogRecord>> batches;
  std::size_t after_end = 0;  ///< batches that come after the end
  bool end = false;

 private:
  TestClock& clock_;
};

class WaitForAnswersTest : public testing::Test {
 protected:
  bool Wait(milliseconds timeout) {
    return WaitForAnswers(reader, clock, timeout, answers);
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const InstanceStatus& one : answers.Statuses(clock.Now())) {
      names.push_back(one.instance);
    }
    return names;
  }

  TestClock clock;
  FakeReader reader{clock};
  Answers answers{{.service = "churn", .sequence = 5, .written = kStart}};
};

TEST_F(WaitForAnswersTest, NobodyLiveIsNoReasonToWait) {
  reader.batches = {{}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WaitForAnswersTest, EndsWithTheLastAnswer) {
  reader.after_end = 2;
  reader.batches = {
      {Record(Status("a", 4, InstanceState::kActive)),
       Record(Status("b", 4, InstanceState::kActive))},
      {Record(Status("a", 5, InstanceState::kActive))},
      {StateRecord(6), Record(Status("b", 6, InstanceState::kActive))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
  EXPECT_TRUE(answers.HasAnswered("a"));
  EXPECT_TRUE(answers.HasAnswered("b"));
  EXPECT_THAT(answers.Refusals(clock.Now()), IsEmpty());
}

TEST_F(WaitForAnswersTest, ReadsToTheEndEvenWhenAllSoFarHaveAnswered) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kActive))},
                    {Record(Status("b", 5, InstanceState::kRejected))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_THAT(answers.Refusals(clock.Now()), ElementsAre("b"));
}

TEST_F(WaitForAnswersTest, VerifiedIsNoAnswerYet) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kVerified))}};
  EXPECT_FALSE(Wait(milliseconds(1000)));
  EXPECT_EQ(clock.passed, milliseconds(1000));
}

TEST_F(WaitForAnswersTest, ARefusalOfAnotherStateIsNoAnswer) {
  reader.batches = {{Record(Status("a", 4, InstanceState::kRejected)),
                     Record(Status("b", 6, InstanceState::kRejected))}};
  EXPECT_FALSE(Wait(milliseconds(1000)));
  EXPECT_THAT(answers.Refusals(clock.Now()), IsEmpty());
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
}

TEST_F(WaitForAnswersTest, WhoFallsSilentIsWaitedForSixSecondsOnly) {
  reader.batches = {{Record(Status("a", 4, InstanceState::kActive))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(6000));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(WaitForAnswersTest, WhoWasSilentBeforeIsNotWaitedFor) {
  reader.batches = {{Record(Status("a", 4, InstanceState::kActive),
                            kStart - milliseconds(6000))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
}

TEST_F(WaitForAnswersTest, WhoHasGoneIsNotWaitedFor) {
  reader.batches = {{Record(Status("a", 4, InstanceState::kActive)),
                     Record(Status("a", 4, InstanceState::kGone))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
}

TEST_F(WaitForAnswersTest, WhatIsNoStatusOfTheServiceIsIgnored) {
  LogRecord wrong_key = Record(Status("a", 4, InstanceState::kActive));
  wrong_key.key = "churn/b";
  LogRecord no_key = Record(Status("c", 4, InstanceState::kActive));
  no_key.key.reset();
  LogRecord no_value = Record(Status("d", 4, InstanceState::kActive));
  no_value.value.reset();
  LogRecord garbage = Record(Status("e", 4, InstanceState::kActive));
  garbage.value = "{";
  InstanceStatus other = Status("f", 4, InstanceState::kActive);
  other.service = "taxi";
  reader.batches = {{wrong_key, no_key, no_value, garbage, Record(other)}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
}

TEST_F(WaitForAnswersTest, ARollbackAfterTheSwapIsTold) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kActive)),
                     Record(Status("a", 5, InstanceState::kRolledBack))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_THAT(answers.Refusals(clock.Now()), ElementsAre("a"));
}

TEST_F(WaitForAnswersTest, AHeartbeatDoesNotHideARefusal) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kRejected)),
                     Record(Status("a", 4, InstanceState::kActive))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_THAT(answers.Refusals(clock.Now()), ElementsAre("a"));
}

TEST_F(WaitForAnswersTest, WhatADeletedRegistryLeftIsNoAnswer) {
  // Gone from long ago, or not heard of since; neither is in the table.
  reader.batches = {{Record(Status("a", 73, InstanceState::kRejected),
                            kStart - milliseconds(120'000)),
                     Record(Status("b", 73, InstanceState::kRolledBack),
                            kStart - milliseconds(120'000)),
                     Record(Status("b", 73, InstanceState::kGone),
                            kStart - milliseconds(100))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_THAT(answers.Refusals(clock.Now()), IsEmpty());
}

TEST_F(WaitForAnswersTest, AStatusOlderThanTheChangeIsNoAnswer) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kActive),
                            kStart - milliseconds(1001)),
                     Record(Status("b", 5, InstanceState::kActive),
                            kStart - milliseconds(1000))}};
  EXPECT_FALSE(Wait(milliseconds(1000)));
  EXPECT_FALSE(answers.HasAnswered("a"));
  EXPECT_TRUE(answers.HasAnswered("b"));
}

TEST_F(WaitForAnswersTest, WhatComesBehindTheEndIsNewWhateverItsClockSays) {
  reader.after_end = 1;
  const LogRecord record = Record(Status("a", 5, InstanceState::kActive),
                                  kStart - milliseconds(3000));
  reader.batches = {{record}, {record}};
  EXPECT_TRUE(Wait(milliseconds(1000)));
  EXPECT_EQ(clock.passed, milliseconds(0));
  EXPECT_TRUE(answers.HasAnswered("a"));
}

TEST_F(WaitForAnswersTest, ASequenceThatTheRegistryDoesNotHaveIsNoAnswer) {
  reader.after_end = 2;
  const LogRecord ahead = Record(Status("a", 73, InstanceState::kActive),
                                 kStart + milliseconds(100));
  reader.batches = {{StateRecord(5), ahead}, {ahead}, {ahead}};
  EXPECT_FALSE(Wait(milliseconds(1000)));
  EXPECT_FALSE(answers.HasAnswered("a"));
  EXPECT_THAT(Names(), ElementsAre("a"));

  answers.Add(StateRecord(73), true);
  answers.Add(ahead, true);
  EXPECT_TRUE(answers.HasAnswered("a"));
}

TEST_F(WaitForAnswersTest, WhoAnswersAndGoesIsNotInTheTable) {
  reader.batches = {{Record(Status("a", 5, InstanceState::kRejected)),
                     Record(Status("a", 4, InstanceState::kGone))}};
  EXPECT_TRUE(Wait(milliseconds(60'000)));
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_THAT(answers.Refusals(clock.Now()), IsEmpty());
  // Back again, it has to answer anew.
  answers.Add(Record(Status("a", 4, InstanceState::kActive)), true);
  EXPECT_FALSE(answers.HasAnswered("a"));
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(WaitForAnswersTest, WithoutTimeTheEndIsNotRead) {
  reader.batches = {{Record(Status("a", 4, InstanceState::kActive))}};
  EXPECT_FALSE(Wait(milliseconds(0)));
  EXPECT_FALSE(reader.at_end());
}

TEST(InstancesTest, ATimestampFromTheEndOfTimeIsNoTrouble) {
  Instances instances("churn");
  LogRecord record = Record(Status("a", 4, InstanceState::kActive));
  record.timestamp_ms = std::numeric_limits<std::int64_t>::max();
  ASSERT_NE(instances.Add(record), nullptr);
  EXPECT_EQ(instances.Live(kStart).size(), 1U);
}

TEST(InstancesTest, ALiarCannotFillTheMemory) {
  Instances instances("churn");
  for (int i = 0; i < 10'050; ++i) {
    const auto name = "x" + std::to_string(i);
    instances.Add(Record(Status(name, 1, InstanceState::kActive),
                         kStart + milliseconds(i)));
  }
  EXPECT_EQ(instances.all().size(), 10'000U);
  EXPECT_FALSE(instances.all().contains("x0"));
  EXPECT_TRUE(instances.all().contains("x10049"));
}

TEST(SwapTimeTextTest, IsInMillisecondsUpToASecond) {
  InstanceStatus status = Status("a", 1, InstanceState::kActive);
  EXPECT_EQ(SwapTimeText(status), "");
  status.swap_us = 12'340;
  EXPECT_EQ(SwapTimeText(status), "12.3 ms");
  status.swap_us = 1'500'000;
  EXPECT_EQ(SwapTimeText(status), "1.50 s");
}

}  // namespace
}  // namespace tidemill
