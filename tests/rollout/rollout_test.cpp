#include "tidemill/rollout/rollout.h"

#include <fstream>
#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/rollout_testing.h"
#include "telemetry/scrape.h"
#include "tidemill/core/errors.h"
#include "tidemill/features/pipeline.h"

namespace tidemill {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// One instance of the service "small", its store and its clock.
class RolloutTest : public testing::Test {
 protected:
  RolloutTest() { Restart(); }

  /// A new process on the same disk.
  void Restart() {
    rollout_.reset();
    listener_ = {};
    metrics_ = std::make_unique<ServiceMetrics>("small");
    table_ = std::make_unique<ModelTable>();
    Rollout::Options options;
    options.service = "small";
    options.instance = "scorer-0";
    options.topics = RegistryTopics::Of("registry");
    options.sources.store = store();
    options.last_good = (folder_.path() / "last-good").string();
    rollout_ = std::make_unique<Rollout>(options, *table_, *metrics_, listener_,
                                         clock_);
  }

  std::string store() const { return (folder_.path() / "store").string(); }

  /// Puts a version into the store.
  ArtifactReference Store(std::uint32_t version) {
    return Store(version, SmallArtifact(version));
  }
  ArtifactReference Store(std::uint32_t version, const std::string& bytes) {
    ArtifactReference reference;
    reference.model = {.model = "small", .version = version};
    reference.uri = StoreArtifact(store(), bytes);
    reference.sha256 = ToHex(Sha256(bytes));
    reference.size = bytes.size();
    return reference;
  }
  void RemoveStore() { std::filesystem::remove_all(store()); }

  RegistryState StateOf(std::uint64_t sequence,
                        const ArtifactReference& champion) const {
    RegistryState state;
    state.service = "small";
    state.sequence = sequence;
    state.champion = champion;
    state.reason = "test";
    state.issued_by = "me@here";
    state.issued_at = UtcText(clock_.Now().time_since_epoch().count());
    return state;
  }

  static LogRecord Message(std::optional<std::string> value) {
    LogRecord record;
    record.topic = "registry";
    record.key = "small";
    record.value = std::move(value);
    return record;
  }
  void Say(const RegistryState& state) {
    rollout_->Handle(Message(ToJson(state)));
  }

  std::string Champion() const {
    const ModelSetPtr now = table_->current();
    return now == nullptr ? "" : now->champion.model->reference();
  }
  const InstanceStatus& Last() const { return listener_.statuses.back(); }
  std::string Metrics() const { return Scrape(*metrics_->registry()); }
  double Swaps(const std::string& result) const {
    const std::string series = "tidemill_model_swaps_total{result=\"" + result +
                               "\",service=\"small\"} ";
    const std::string text = Metrics();
    return std::stod(text.substr(text.find(series) + series.size()));
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  FakeListener listener_;
  std::unique_ptr<ServiceMetrics> metrics_;
  std::unique_ptr<ModelTable> table_;
  std::unique_ptr<Rollout> rollout_;
};

TEST_F(RolloutTest, ServesWhatAMessageAsksFor) {
  EXPECT_THAT(rollout_->NotReadyReason(), HasSubstr("no champion"));
  Say(StateOf(3, Store(7)));
  EXPECT_EQ(Champion(), "small@7");
  EXPECT_EQ(rollout_->sequence(), 3U);
  EXPECT_EQ(rollout_->NotReadyReason(), "");
  ASSERT_THAT(listener_.statuses, SizeIs(2));
  EXPECT_EQ(listener_.statuses[0].state, InstanceState::kVerified);
  EXPECT_EQ(Last().state, InstanceState::kActive);
  EXPECT_EQ(Last().sequence, 3U);
  EXPECT_EQ(Last().champion, "small@7");
  EXPECT_TRUE(Last().swap_us.has_value());
  EXPECT_EQ(Swaps("activated"), 1.0);
}

TEST_F(RolloutTest, AStartTakesTheNewestStateAndNoOther) {
  rollout_->Gather(Message(ToJson(StateOf(1, Store(1)))));
  rollout_->Gather(Message(ToJson(StateOf(3, Store(3)))));
  rollout_->Gather(Message(ToJson(StateOf(2, Store(2)))));
  EXPECT_EQ(Champion(), "");
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@3");
  EXPECT_EQ(Swaps("activated"), 1.0);
}

TEST_F(RolloutTest, AStartFallsBackToTheNewestStateThatCanBeServed) {
  ArtifactReference gone = Store(3);
  gone.sha256 = std::string(64, 'a');
  rollout_->Gather(Message(ToJson(StateOf(1, Store(1)))));
  rollout_->Gather(Message(ToJson(StateOf(2, Store(2)))));
  rollout_->Gather(Message(ToJson(StateOf(3, gone))));
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@2");
  // Who waits for sequence 3 hears of it.
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  EXPECT_EQ(Last().sequence, 3U);
  EXPECT_THAT(Last().detail, HasSubstr("sha256"));
  EXPECT_THAT(Last().detail, HasSubstr("serving sequence 2"));
}

TEST_F(RolloutTest, AStartTriesAgainTheNewestStateThatCouldNotBeReadNow) {
  const ArtifactReference three = Store(3);
  const std::string file = store() + "/" + three.sha256 + ".bin";
  std::filesystem::rename(file, file + ".away");
  rollout_->Gather(Message(ToJson(StateOf(2, Store(2)))));
  rollout_->Gather(Message(ToJson(StateOf(3, three))));
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@2");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(seconds(10));
    rollout_->Retry();
  }
  EXPECT_EQ(Swaps("rejected"), 1.0) << "one message, refused once";
  std::filesystem::rename(file + ".away", file);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@3");
  EXPECT_EQ(Last().state, InstanceState::kActive);
}

TEST_F(RolloutTest, TenThousandBadMessagesAroundThreeGoodOnesAreThreeSwaps) {
  const ArtifactReference good[] = {Store(1), Store(2), Store(3)};
  ArtifactReference wrong_digest = Store(4);
  wrong_digest.sha256 = std::string(64, 'b');
  ArtifactReference climbing = wrong_digest;
  climbing.uri = "file:../../etc/passwd";
  RegistryState two_champions = StateOf(900, good[0]);
  two_champions.challengers.push_back({.artifact = good[0]});
  const std::vector<std::optional<std::string>> bad = {
      std::nullopt,
      "",
      "not json",
      "[1,2]",
      "{\"schema\":2,\"service\":\"small\"}",
      "{\"schema\":1,\"service\":\"small\",\"sequence\":\"x\"}",
      ToJson(StateOf(901, wrong_digest)),
      ToJson(StateOf(902, climbing)),
      ToJson(two_champions),
      std::string(100'000, ' ') + "{}",
  };
  for (int i = 0; i < 10'000; ++i) {
    if (i == 2000) Say(StateOf(1, good[0]));
    if (i == 5000) Say(StateOf(2, good[1]));
    if (i == 8000) Say(StateOf(3, good[2]));
    rollout_->Handle(Message(bad[static_cast<std::size_t>(i) % bad.size()]));
  }
  EXPECT_EQ(Swaps("activated"), 3.0);
  EXPECT_EQ(Champion(), "small@3");
  EXPECT_EQ(rollout_->sequence(), 3U);
  EXPECT_THAT(Metrics(),
              HasSubstr("tidemill_registry_messages_total{result=\"applied\","
                        "service=\"small\"} 3\n"));
  EXPECT_THAT(Metrics(), HasSubstr("result=\"too_large\",service=\"small\"} "
                                   "1000\n"));
}

TEST_F(RolloutTest, ABadMessageIsAnsweredBesideTheStatusThatStands) {
  Say(StateOf(1, Store(1)));
  rollout_->Handle(Message("nonsense"));
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  EXPECT_EQ(Last().sequence, 0U);
  EXPECT_THAT(Last().detail, testing::Not(IsEmpty()));
  EXPECT_EQ(rollout_->Status().state, InstanceState::kActive);
  EXPECT_EQ(rollout_->Status().sequence, 1U);
}

TEST_F(RolloutTest, IgnoresOtherKeysAndSequencesThatGoBack) {
  Say(StateOf(5, Store(5)));
  Say(StateOf(4, Store(4)));
  Say(StateOf(5, Store(6)));
  LogRecord other = Message(ToJson(StateOf(9, Store(9))));
  other.key = "small@9";
  rollout_->Handle(other);
  EXPECT_EQ(Champion(), "small@5");
  EXPECT_THAT(Metrics(), HasSubstr("result=\"stale\",service=\"small\"} 2\n"));
}

TEST_F(RolloutTest, ARefusedStateLeavesTheOneBefore) {
  Say(StateOf(1, Store(1)));
  ArtifactReference bad = Store(2);
  bad.size += 1;
  Say(StateOf(2, bad));
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  EXPECT_EQ(Last().sequence, 2U);
  EXPECT_THAT(Last().detail, HasSubstr("size"));
  EXPECT_EQ(Swaps("rejected"), 1.0);
  // The next good one needs no sequence above the refused one's successor.
  Say(StateOf(3, Store(3)));
  EXPECT_EQ(Champion(), "small@3");
}

TEST_F(RolloutTest, ABadChallengerRefusesTheWholeState) {
  Say(StateOf(1, Store(1)));
  RegistryState state = StateOf(2, Store(2));
  ArtifactReference bad = Store(3);
  bad.sha256 = std::string(64, 'c');
  state.challengers.push_back({.artifact = bad});
  Say(state);
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kRejected);
}

TEST_F(RolloutTest, AnotherSchemaIsRefusedNamingTheField) {
  Say(StateOf(1, Store(1)));
  Artifact artifact = LineArtifact();
  Field id = artifact.schema.field(0);
  Field x = artifact.schema.field(1);
  x.required = true;
  artifact.schema = Schema({id, x}, "id", "");
  Say(StateOf(2, Store(2, WriteArtifact(artifact))));
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_THAT(Last().detail, HasSubstr("'x'"));
}

TEST_F(RolloutTest, AModelOfAnotherNameIsRefused) {
  ArtifactReference named = Store(1);
  named.model.model = "large";
  Say(StateOf(1, named));
  EXPECT_EQ(Champion(), "");
  EXPECT_THAT(Last().detail, HasSubstr("'large'"));
}

TEST_F(RolloutTest, GoesBackToAVersionThatNoStoreHasAnyMore) {
  const ArtifactReference one = Store(1);
  Say(StateOf(1, one));
  RegistryState next = StateOf(2, Store(2));
  next.previous = one;
  Say(next);
  EXPECT_EQ(Champion(), "small@2");
  RemoveStore();
  RegistryState back = Rollback(next);
  back.sequence = 3;
  Say(back);
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kActive);
}

TEST_F(RolloutTest, RollsBackFromAVersionThatNeverLoaded) {
  const ArtifactReference one = Store(1);
  Say(StateOf(1, one));
  ArtifactReference broken = Store(2);
  broken.sha256 = std::string(64, 'd');
  RegistryState bad = StateOf(2, broken);
  bad.previous = one;
  Say(bad);
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  RegistryState back = Rollback(bad);
  back.sequence = 3;
  Say(back);
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kActive);
  EXPECT_EQ(Last().sequence, 3U);
}

TEST_F(RolloutTest, TriesAgainWhatCouldNotBeReadNow) {
  Say(StateOf(1, Store(1)));
  const ArtifactReference two = Store(2);
  const std::string file = store() + "/" + two.sha256 + ".bin";
  std::filesystem::rename(file, file + ".away");
  Say(StateOf(2, two));
  EXPECT_EQ(Champion(), "small@1");
  std::filesystem::rename(file + ".away", file);
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@1") << "not before its time";
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@2");
}

TEST_F(RolloutTest, StartsFromDiskWhenTheRegistryIsAway) {
  Say(StateOf(4, Store(4)));
  RemoveStore();
  Restart();
  EXPECT_TRUE(rollout_->StartFromLastGood());
  EXPECT_EQ(Champion(), "small@4");
  EXPECT_THAT(Last().detail, HasSubstr("last-good"));
  EXPECT_THAT(Metrics(),
              HasSubstr("tidemill_registry_last_good{service=\"small\"} 1\n"));
  // When the registry is back, its state of the same sequence counts.
  Store(4);
  rollout_->Gather(Message(ToJson(StateOf(4, Store(4)))));
  rollout_->Start();
  EXPECT_THAT(Metrics(),
              HasSubstr("tidemill_registry_last_good{service=\"small\"} 0\n"));
}

TEST_F(RolloutTest, StartsFromDiskWhenTheRegistrysStateIsBroken) {
  Say(StateOf(4, Store(4)));
  Restart();
  ArtifactReference broken = Store(5);
  broken.sha256 = std::string(64, 'e');
  rollout_->Gather(Message(ToJson(StateOf(5, broken))));
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@4");
}

TEST_F(RolloutTest, AStartWithoutItsStoreServesFromDiskUntilTheStoreIsBack) {
  const RegistryState four = StateOf(4, Store(4));
  Say(four);
  RemoveStore();
  Restart();
  rollout_->Gather(Message(ToJson(four)));
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@4");
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  EXPECT_EQ(Last().sequence, 4U);
  EXPECT_THAT(Last().detail, HasSubstr("last-good"));
  Store(4);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Last().state, InstanceState::kActive);
  EXPECT_THAT(Metrics(),
              HasSubstr("tidemill_registry_last_good{service=\"small\"} 0\n"));
}

TEST_F(RolloutTest, ARestartRefusesWhatTheRunningInstanceWouldRefuse) {
  Say(StateOf(1, Store(1)));
  Artifact artifact = LineArtifact();
  Field id = artifact.schema.field(0);
  Field x = artifact.schema.field(1);
  x.required = true;
  artifact.schema = Schema({id, x}, "id", "");
  const RegistryState other = StateOf(2, Store(2, WriteArtifact(artifact)));
  Restart();
  rollout_->Gather(Message(ToJson(other)));
  rollout_->Start();
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_THAT(Last().detail, HasSubstr("'x'"));
}

TEST_F(RolloutTest, WhenNothingCanBeServedItAnswersForTheNewestState) {
  ArtifactReference one = Store(1);
  ArtifactReference two = Store(2);
  one.sha256 = two.sha256 = std::string(64, 'a');
  rollout_->Gather(Message(ToJson(StateOf(1, one))));
  rollout_->Gather(Message(ToJson(StateOf(2, two))));
  rollout_->Start();
  EXPECT_EQ(Last().sequence, 2U);
  EXPECT_THAT(rollout_->NotReadyReason(), HasSubstr("state 2"));
}

TEST_F(RolloutTest, AnArtifactThatIsMendedIsServed) {
  Say(StateOf(1, Store(1)));
  const ArtifactReference two = Store(2);
  const std::string file = store() + "/" + two.sha256 + ".bin";
  std::ofstream(file) << "damaged";
  Say(StateOf(2, two));
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  Store(2);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@2");
  EXPECT_GE(Last().swap_us.value(), 10'000'000) << "it waited that long";
}

TEST_F(RolloutTest, AStateThatItsSurroundingsRefuseIsTriedAgain) {
  Say(StateOf(1, Store(1)));
  listener_.why_not = "no topic";
  Say(StateOf(2, Store(2)));
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_THAT(Last().detail, HasSubstr("no topic"));
  listener_.why_not = "";
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@2");
}

TEST_F(RolloutTest, WithNothingOnDiskItServesNothing) {
  EXPECT_FALSE(rollout_->StartFromLastGood());
  rollout_->Start();
  EXPECT_EQ(Champion(), "");
}

/// What a full disk does to the last-good state: it cannot be written.
TEST_F(RolloutTest, ASwapThatCannotBeRememberedIsRefusedWithTheReason) {
  Say(StateOf(1, Store(1)));
  const auto last_good = folder_.path() / "last-good";
  std::filesystem::rename(last_good, folder_.path() / "away");
  std::ofstream(last_good) << "a file where the folder was";
  Say(StateOf(2, Store(2)));
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  EXPECT_THAT(Last().detail, HasSubstr("last-good"));
  std::filesystem::remove(last_good);
  std::filesystem::rename(folder_.path() / "away", last_good);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(Champion(), "small@2");
}

TEST_F(RolloutTest, GoingBackNeverWaitsForTheDisk) {
  const ArtifactReference one = Store(1);
  Say(StateOf(1, one));
  RegistryState next = StateOf(2, Store(2));
  next.previous = one;
  Say(next);
  const auto last_good = folder_.path() / "last-good";
  std::filesystem::rename(last_good, folder_.path() / "away");
  std::ofstream(last_good) << "a file where the folder was";
  RegistryState back = Rollback(next);
  back.sequence = 3;
  Say(back);
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kActive);
  EXPECT_THAT(Last().detail, HasSubstr("last-good"));
}

TEST_F(RolloutTest, WhatCouldNotBeRememberedIsTriedAgain) {
  const ArtifactReference one = Store(1);
  Say(StateOf(1, one));
  RegistryState next = StateOf(2, Store(2));
  next.previous = one;
  Say(next);
  const auto last_good = folder_.path() / "last-good";
  std::filesystem::rename(last_good, folder_.path() / "away");
  std::ofstream(last_good) << "a file where the folder was";
  RegistryState back = Rollback(next);
  back.sequence = 3;
  Say(back);
  std::filesystem::remove(last_good);
  std::filesystem::rename(folder_.path() / "away", last_good);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  EXPECT_EQ(rollout_->Status().detail, "");
  RemoveStore();
  Restart();
  EXPECT_TRUE(rollout_->StartFromLastGood());
  EXPECT_EQ(Champion(), "small@1") << "not the one that was left";
}

TEST_F(RolloutTest, APreviousVersionThatCouldNotBeReadIsLoadedLater) {
  const ArtifactReference one = Store(1);
  const std::string file = store() + "/" + one.sha256 + ".bin";
  std::filesystem::rename(file, file + ".away");
  RegistryState state = StateOf(2, Store(2));
  state.previous = one;
  Say(state);
  EXPECT_EQ(Champion(), "small@2");
  std::filesystem::rename(file + ".away", file);
  clock_.Advance(seconds(10));
  rollout_->Retry();
  RemoveStore();
  RegistryState back = Rollback(state);
  back.sequence = 3;
  Say(back);
  EXPECT_EQ(Champion(), "small@1");
}

TEST_F(RolloutTest, AChallengerThatDoesNotLoadIsNotInARollbacksWay) {
  const ArtifactReference one = Store(1);
  Say(StateOf(1, one));
  RegistryState next = StateOf(2, Store(2));
  next.previous = one;
  Say(next);
  ArtifactReference broken = Store(3);
  broken.sha256 = std::string(64, 'f');
  next.sequence = 3;
  next.challengers.push_back({.artifact = broken});
  Say(next);
  EXPECT_EQ(Last().state, InstanceState::kRejected);
  RegistryState back = Rollback(next);
  back.sequence = 4;
  Say(back);
  EXPECT_EQ(Champion(), "small@1");
  EXPECT_EQ(Last().state, InstanceState::kActive);
  EXPECT_THAT(Last().detail, HasSubstr("without small@3"));
}

TEST_F(RolloutTest, PromotesALoadedChallengerWhileTheStoreIsAway) {
  Say(StateOf(1, Store(1)));
  RegistryState state = StateOf(2, Store(1));
  state.challengers.push_back({.artifact = Store(2)});
  Say(state);
  RemoveStore();
  RegistryState promoted = Promote(state, {.model = "small", .version = 2});
  promoted.sequence = 3;
  Say(promoted);
  EXPECT_EQ(Champion(), "small@2");
  EXPECT_THAT(Last().detail, HasSubstr("last-good"));
}

TEST_F(RolloutTest, ServesChallengersAndPromotesWithoutFetching) {
  Say(StateOf(1, Store(1)));
  RegistryState state = StateOf(2, Store(1));
  state.challengers.push_back({.artifact = Store(2),
                               .mode = ChallengerMode::kCanary,
                               .percent = 10,
                               .salt = "s"});
  state.challengers.push_back({.artifact = Store(3)});
  Say(state);
  const ModelSetPtr now = table_->current();
  ASSERT_THAT(now->canaries, SizeIs(1));
  ASSERT_THAT(now->shadows, SizeIs(1));
  EXPECT_EQ(now->canaries[0].served.variant, Variant::kCanary);
  EXPECT_NE(now->shadows[0].shadow, nullptr);
  EXPECT_THAT(Last().challengers, ElementsAre("small@2", "small@3"));
  const LoadedModelPtr two = now->canaries[0].served.model;
  RegistryState promoted = Promote(state, {.model = "small", .version = 2});
  promoted.sequence = 3;
  Say(promoted);
  EXPECT_EQ(table_->current()->champion.model, two);
}

TEST_F(RolloutTest, AGrowingShareKeepsTheCountsOfItsCanary) {
  Say(StateOf(1, Store(1)));
  RegistryState state = StateOf(2, Store(1));
  state.challengers.push_back({.artifact = Store(2),
                               .mode = ChallengerMode::kCanary,
                               .percent = 10,
                               .salt = "s"});
  Say(state);
  const VersionCountsPtr counts = table_->current()->canaries[0].served.counts;
  state.sequence = 3;
  state.challengers[0].percent = 30;
  Say(state);
  EXPECT_EQ(table_->current()->canaries[0].served.counts, counts);
  EXPECT_EQ(Swaps("activated"), 2.0) << "nobody was swapped by the last one";
}

TEST_F(RolloutTest, FreesWhatIsNoLongerServed) {
  std::vector<std::weak_ptr<const LoadedModel>> models;
  std::optional<ArtifactReference> previous;
  for (std::uint32_t version = 1; version <= 20; ++version) {
    RegistryState state = StateOf(version, Store(version));
    state.previous = previous;
    previous = state.champion;
    Say(state);
    models.push_back(table_->current()->champion.model);
    rollout_->Watch();
  }
  for (std::size_t i = 0; i + 2 < models.size(); ++i) {
    EXPECT_TRUE(models[i].expired()) << i;
  }
  EXPECT_FALSE(models[18].expired()) << "the previous one stays loaded";
}

/// A canary under guardrails, 10 errors in 100 events at most.
class GuardedRolloutTest : public RolloutTest {
 protected:
  GuardedRolloutTest() {
    one_ = Store(1);
    two_ = Store(2);
    Say(StateOf(1, one_));
    state_ = StateOf(2, one_);
    state_.challengers.push_back({.artifact = two_,
                                  .mode = ChallengerMode::kCanary,
                                  .percent = 10,
                                  .salt = "s"});
    state_.guardrails.emplace();
    state_.guardrails->max_error_ratio = 0.1;
    state_.guardrails->min_events = 100;
    Say(state_);
  }

  const ServedModel& canary() const {
    return table_->current()->canaries.at(0).served;
  }
  static void Fail(const ServedModel& served, std::uint64_t events) {
    served.counts->Add({.events = events, .errors = events});
  }

  ArtifactReference one_;
  ArtifactReference two_;
  RegistryState state_;
};

TEST_F(GuardedRolloutTest, ABadCanaryIsOutAtOnceAndTheRegistryIsTold) {
  Fail(canary(), 10);
  rollout_->Watch();
  EXPECT_THAT(table_->current()->canaries, SizeIs(1)) << "10 % are allowed";
  Fail(canary(), 1);
  rollout_->Watch();
  EXPECT_THAT(table_->current()->canaries, IsEmpty());
  EXPECT_EQ(Last().state, InstanceState::kRolledBack);
  EXPECT_THAT(Last().detail, HasSubstr("max_error_ratio"));
  EXPECT_EQ(Swaps("rolled_back"), 1.0);
  EXPECT_THAT(Metrics(), HasSubstr("tidemill_guardrail_breaches_total{rule="
                                   "\"max_error_ratio\",service=\"small\"} 1"));
  const auto decisions = rollout_->TakeDecisions();
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_EQ(decisions[0].request.evidence->events, 11U);
  EXPECT_EQ(decisions[0].request.issued_by, "guardrail/scorer-0");
  RegistryView view;
  view.state = state_;
  EXPECT_THAT(decisions[0].change(view).challengers, IsEmpty());
  EXPECT_THAT(rollout_->TakeDecisions(), IsEmpty());
}

TEST_F(GuardedRolloutTest, ADecisionThatWasMadeIsNotMadeAgain) {
  Fail(canary(), 11);
  rollout_->Watch();
  const auto decisions = rollout_->TakeDecisions();
  ASSERT_THAT(decisions, SizeIs(1));
  RegistryView view;
  view.state = Retire(state_, two_.model);
  EXPECT_THROW(decisions[0].change(view), AnswerIsNo);
}

TEST_F(GuardedRolloutTest, AShadowsDecisionLeavesTheCanaryItBecame) {
  state_.sequence = 3;
  state_.challengers[0].mode = ChallengerMode::kShadow;
  Say(state_);
  Fail(table_->current()->shadows.at(0), 11);
  rollout_->Watch();
  const auto decisions = rollout_->TakeDecisions();
  ASSERT_THAT(decisions, SizeIs(1));
  RegistryView view;
  view.state = state_;
  EXPECT_NO_THROW(decisions[0].change(view));
  view.state->challengers[0].mode = ChallengerMode::kCanary;
  EXPECT_THROW(decisions[0].change(view), AnswerIsNo);
}

TEST_F(GuardedRolloutTest, AStateFromBeforeTheDecisionDoesNotBringItBack) {
  Fail(canary(), 11);
  rollout_->Watch();
  state_.sequence = 3;  // an operator's, who had not heard
  state_.challengers[0].percent = 20;
  Say(state_);
  EXPECT_THAT(table_->current()->canaries, IsEmpty());
  for (const auto& decision : rollout_->TakeDecisions()) {
    rollout_->Settled(decision, 4);
  }
  EXPECT_THAT(table_->current()->canaries, IsEmpty());
  RegistryState decided = Retire(state_, two_.model);
  decided.sequence = 4;
  decided.issued_by = "guardrail/scorer-0";
  Say(decided);
  EXPECT_EQ(Last().state, InstanceState::kRolledBack);
  EXPECT_EQ(Swaps("rolled_back"), 1.0) << "counted when it went, and once";
  // Whoever asks for it again, knowing, gets it.
  state_.sequence = 5;
  Say(state_);
  EXPECT_THAT(table_->current()->canaries, SizeIs(1));
}

TEST_F(GuardedRolloutTest, AnotherInstancesDecisionIsFollowed) {
  RegistryState decided = Retire(state_, two_.model);
  decided.sequence = 3;
  decided.issued_by = "guardrail/scorer-1";
  decided.reason = "guardrail max_p99_ms";
  Say(decided);
  EXPECT_THAT(table_->current()->canaries, IsEmpty());
  EXPECT_EQ(Last().state, InstanceState::kRolledBack);
  EXPECT_EQ(Last().detail, "guardrail max_p99_ms");
  EXPECT_EQ(Swaps("rolled_back"), 1.0);
}

TEST_F(GuardedRolloutTest, AFreshChampionGoesBackWithinItsProbation) {
  RegistryState promoted = Promote(state_, two_.model);
  promoted.sequence = 3;
  Say(promoted);
  EXPECT_EQ(Champion(), "small@2");
  Fail(table_->current()->champion, 11);
  rollout_->Watch();
  EXPECT_EQ(Champion(), "small@1");
  const auto decisions = rollout_->TakeDecisions();
  ASSERT_THAT(decisions, SizeIs(1));
  RegistryView view;
  view.state = promoted;
  const RegistryState back = decisions[0].change(view);
  EXPECT_EQ(back.champion, one_);
  EXPECT_EQ(back.previous, std::nullopt);
}

TEST_F(GuardedRolloutTest, WithoutAPreviousVersionToGoToItDecidesOnce) {
  ArtifactReference gone = one_;
  gone.model.version = 9;
  gone.uri = "file:gone.bin";
  RegistryState promoted = Promote(state_, two_.model);
  promoted.sequence = 3;
  promoted.previous = gone;
  Say(promoted);
  const std::size_t said = listener_.statuses.size();
  for (int i = 0; i < 5; ++i) {
    Fail(table_->current()->champion, 200);
    rollout_->Watch();
  }
  EXPECT_EQ(Champion(), "small@2");
  EXPECT_THAT(rollout_->TakeDecisions(), SizeIs(1));
  EXPECT_THAT(listener_.statuses, SizeIs(said)) << "nothing was rolled back";
  EXPECT_EQ(Swaps("rolled_back"), 0.0);
}

TEST_F(GuardedRolloutTest, ARestartWithNothingToCompareWithJudgesNoChampion) {
  RegistryState promoted = Promote(state_, two_.model);
  promoted.sequence = 3;
  Restart();
  rollout_->Gather(Message(ToJson(promoted)));
  rollout_->Start();
  Fail(table_->current()->champion, 200);
  rollout_->Watch();
  EXPECT_EQ(Champion(), "small@2");
  EXPECT_THAT(rollout_->TakeDecisions(), IsEmpty());
}

TEST_F(GuardedRolloutTest, AnOldChampionIsNotJudged) {
  RegistryState promoted = Promote(state_, two_.model);
  promoted.sequence = 3;
  Say(promoted);
  clock_.Advance(seconds(600));
  rollout_->Watch();
  table_->current()->champion.counts->Add({.events = 1});
  rollout_->Watch();
  Fail(table_->current()->champion, 1000);
  rollout_->Watch();
  EXPECT_EQ(Champion(), "small@2");
  EXPECT_THAT(rollout_->TakeDecisions(), IsEmpty());
}

TEST_F(GuardedRolloutTest, WhenNothingIsToBeDoneTheEvidenceIsGiven) {
  state_.sequence = 3;
  state_.guardrails->rolls_back = false;
  Say(state_);
  Fail(canary(), 11);
  rollout_->Watch();
  rollout_->Watch();
  EXPECT_THAT(table_->current()->canaries, SizeIs(1));
  EXPECT_THAT(rollout_->TakeDecisions(), IsEmpty());
  ASSERT_THAT(listener_.evidence, SizeIs(1)) << "once, not at every look";
  EXPECT_EQ(listener_.evidence[0].evidence->rule, "max_error_ratio");
}

}  // namespace
}  // namespace tidemill
