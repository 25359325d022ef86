#include "producers/mlflow_bridge.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "producers/fake_mlflow.h"
#include "rollout/rollout_testing.h"
#include "rollout/temporary_folder.h"
#include "tidemill/core/errors.h"
#include "tidemill/rollout/desired_state.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const RegistryTopics kTopics = RegistryTopics::Of("registry");

using Log = std::vector<LogRecord>;

class LogSnapshot final : public LogReader {
 public:
  explicit LogSnapshot(Log log) : log_(std::move(log)) {}
  Log Poll(std::chrono::milliseconds) override {
    at_end_ = true;
    return std::exchange(log_, {});
  }
  bool at_end() const override { return at_end_; }

 private:
  Log log_;
  bool at_end_ = false;
};

class LogAppender final : public LogWriter {
 public:
  explicit LogAppender(Log& log) : log_(log) {}
  void Begin() override {}
  void Write(std::span<const LogWrite> records) override {
    for (const LogWrite& record : records) {
      log_.push_back({.topic = record.topic,
                      .key = record.key,
                      .value = record.value,
                      .offset = static_cast<std::int64_t>(log_.size())});
    }
  }

 private:
  Log& log_;
};

class MlflowBridgeTest : public testing::Test {
 protected:
  MlflowBridgeTest() {
    for (int version = 1; version <= 3; ++version) {
      const auto seed = static_cast<std::uint64_t>(version);
      mlflow_.SetVersion("m", version, {{"model.bin", SmallArtifact(seed)}});
    }
  }

  /// A bridge that knows nothing but what stands in the registry.
  MlflowBridge Fresh() {
    return MlflowBridge(client_, Access(),
                        {.model = "m",
                         .aliases = ReadFollowedAliases({}, 10.0),
                         .service = "churn",
                         .topics = kTopics,
                         .store = folder_.path().string(),
                         .user = "test"},
                        clock_);
  }

  RegistryAccess Access() {
    return {
        .read =
            [this](const std::function<void(const LogRecord&)>& take) {
              ++reads_;
              if (away_) throw UnavailableError("no broker");
              for (const LogRecord& record : log_) take(record);
            },
        .open_reader =
            [this] {
              if (meanwhile_) std::exchange(meanwhile_, {})();
              return std::make_unique<LogSnapshot>(log_);
            },
        .open_writer = [this] { return std::make_unique<LogAppender>(log_); }};
  }

  RoundResult RoundWith(const std::map<std::string, int>& aliases) {
    mlflow_.SetAliases("m", aliases);
    return bridge_.Round();
  }

  RegistryView View() const {
    RegistryView view;
    for (const LogRecord& record : log_) {
      if (record.topic == kTopics.state) AddToView(record, "churn", view);
    }
    return view;
  }
  RegistryState State() const { return View().state.value(); }
  std::uint32_t Champion() const { return State().champion->model.version; }

  /// What an operator or a guardrail does.
  void ChangeByHand(
      const std::function<RegistryState(const RegistryState&)>& change) {
    LogAppender writer(log_);
    LogSnapshot reader(log_);
    ChangeRequest request;
    request.topics = kTopics;
    request.service = "churn";
    request.verb = "rollback";
    request.issued_by = "someone@host";
    ChangeState(
        writer, reader, request,
        [&](const RegistryView& view) { return change(view.state.value()); },
        clock_);
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  Log log_;
  bool away_ = false;
  int reads_ = 0;
  std::function<void()> meanwhile_;  ///< once, before the next change reads
  FakeMlflow mlflow_;
  MlflowClient client_{{.url = kFakeMlflow, .authorization = {}},
                       mlflow_.Get()};
  MlflowBridge bridge_ = Fresh();
};

TEST_F(MlflowBridgeTest, AChampionAliasBecomesTheChampion) {
  EXPECT_EQ(RoundWith({{"champion", 2}}), RoundResult::kDone);
  const RegistryState state = State();
  EXPECT_EQ(state.sequence, 1U);
  EXPECT_EQ(state.champion->model, (ModelReference{"small", 1}));
  EXPECT_EQ(state.reason, "mlflow m version 2 alias champion");
  EXPECT_EQ(state.issued_by, "mlflow-bridge/test");
  EXPECT_EQ(View().versions.at({"small", 1}).run, "r2");
  ArtifactSources sources;
  sources.store = folder_.path().string();
  EXPECT_EQ(FetchArtifact(sources, *state.champion), SmallArtifact(2));
}

TEST_F(MlflowBridgeTest, MovingAndMovingBackDeploysTheSameVersionAgain) {
  RoundWith({{"champion", 1}});
  RoundWith({{"champion", 2}});
  EXPECT_EQ(Champion(), 2U);
  EXPECT_EQ(State().previous->model.version, 1U);
  RoundWith({{"champion", 1}});
  EXPECT_EQ(Champion(), 1U);
  EXPECT_EQ(View().versions.size(), 2U);
}

TEST_F(MlflowBridgeTest, AnAliasAtRestCostsOneQuestionAndNoBroker) {
  RoundWith({{"champion", 1}});
  reads_ = 0;
  mlflow_.asked.clear();
  EXPECT_EQ(bridge_.Round(), RoundResult::kDone);
  EXPECT_EQ(mlflow_.asked.size(), 1U);
  EXPECT_EQ(reads_, 0);
}

TEST_F(MlflowBridgeTest, ARestartedBridgeKnowsWhatWasDone) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  const std::size_t written = log_.size();
  EXPECT_EQ(Fresh().Round(), RoundResult::kDone);
  EXPECT_EQ(log_.size(), written);
}

TEST_F(MlflowBridgeTest, DoesNotUndoARollback) {
  RoundWith({{"champion", 1}});
  RoundWith({{"champion", 2}});
  ChangeByHand([](const RegistryState& state) { return Rollback(state); });
  bridge_.Round();
  Fresh().Round();
  EXPECT_EQ(Champion(), 1U);
}

TEST_F(MlflowBridgeTest, AfterARollbackTheAliasCanBeMovedBackAndForth) {
  RoundWith({{"champion", 1}});
  RoundWith({{"champion", 2}});
  ChangeByHand([](const RegistryState& state) { return Rollback(state); });
  // The registry is there already, but it has to know that MLflow is too.
  mlflow_.SetAliases("m", {{"champion", 1}});
  EXPECT_EQ(Fresh().Round(), RoundResult::kDone);
  EXPECT_EQ(Champion(), 1U);
  mlflow_.SetAliases("m", {{"champion", 2}});
  Fresh().Round();
  EXPECT_EQ(Champion(), 2U);
}

TEST_F(MlflowBridgeTest, AChallengerComesMovesAndLeaves) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  ASSERT_EQ(State().challengers.size(), 1U);
  EXPECT_EQ(State().challengers[0].mode, ChallengerMode::kCanary);
  EXPECT_EQ(State().challengers[0].percent, 10.0);
  EXPECT_EQ(State().challengers[0].artifact.model.version, 2U);
  RoundWith({{"champion", 1}, {"challenger", 3}});
  ASSERT_EQ(State().challengers.size(), 1U);
  EXPECT_EQ(State().challengers[0].artifact.model.version, 3U);
  mlflow_.SetAliases("m", {{"champion", 1}});
  Fresh().Round();
  EXPECT_THAT(State().challengers, IsEmpty());
  EXPECT_EQ(State().reason, "mlflow m version 3 alias challenger removed");
  // And may come again.
  mlflow_.SetAliases("m", {{"champion", 1}, {"challenger", 3}});
  Fresh().Round();
  EXPECT_EQ(State().challengers.size(), 1U);
}

TEST_F(MlflowBridgeTest, APromotedChallengerIsNotRetired) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  RoundWith({{"champion", 2}});
  EXPECT_EQ(Champion(), 2U);
  EXPECT_EQ(State().previous->model.version, 1U);
  EXPECT_THAT(State().challengers, IsEmpty());
}

TEST_F(MlflowBridgeTest, LeavesChallengersOfOthersAlone) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  Challenger other;
  other.artifact = State().champion.value();
  other.artifact.model.version = 9;
  ChangeByHand(
      [&](const RegistryState& state) { return Challenge(state, other); });
  RoundWith({{"champion", 1}});
  ASSERT_EQ(State().challengers.size(), 1U);
  EXPECT_EQ(State().challengers[0].artifact.model.version, 9U);
}

TEST_F(MlflowBridgeTest, ARemovedChampionAliasChangesNothing) {
  RoundWith({{"champion", 1}});
  const std::size_t written = log_.size();
  EXPECT_EQ(RoundWith({}), RoundResult::kDone);
  EXPECT_EQ(log_.size(), written);
}

TEST_F(MlflowBridgeTest, ABrokenArtifactIsAskedForOnceUntilItsAliasMoves) {
  RoundWith({{"champion", 1}});
  const std::size_t written = log_.size();
  std::string broken = SmallArtifact(2);
  broken[broken.size() / 2] ^= 1;
  mlflow_.SetVersion("m", 2, {{"model.bin", broken}});
  EXPECT_EQ(RoundWith({{"champion", 2}}), RoundResult::kRefused);
  EXPECT_EQ(log_.size(), written);
  mlflow_.asked.clear();
  EXPECT_EQ(RoundWith({{"champion", 2}}), RoundResult::kDone);
  EXPECT_EQ(mlflow_.asked.size(), 1U);
  RoundWith({{"champion", 3}});
  EXPECT_EQ(Champion(), 2U);  // the broken one took no number
  mlflow_.SetVersion("m", 2, {{"model.bin", SmallArtifact(2)}});
  RoundWith({{"champion", 2}});
  EXPECT_EQ(Champion(), 3U);
}

TEST_F(MlflowBridgeTest, AChallengerWaitsForAChampionWithoutLoadingAgain) {
  EXPECT_EQ(RoundWith({{"challenger", 2}}), RoundResult::kRefused);
  mlflow_.asked.clear();
  EXPECT_EQ(bridge_.Round(), RoundResult::kRefused);
  EXPECT_EQ(mlflow_.asked.size(), 1U);
  EXPECT_EQ(RoundWith({{"champion", 1}, {"challenger", 2}}),
            RoundResult::kDone);
  EXPECT_EQ(State().challengers.size(), 1U);
}

TEST_F(MlflowBridgeTest, AConflictIsTriedAgainInTheNextRound) {
  RoundWith({{"champion", 1}});
  meanwhile_ = [this] {
    ChangeByHand([](const RegistryState& state) { return state; });
  };
  EXPECT_EQ(RoundWith({{"champion", 2}}), RoundResult::kConflict);
  EXPECT_EQ(Champion(), 1U);
  EXPECT_EQ(bridge_.Round(), RoundResult::kDone);
  EXPECT_EQ(Champion(), 2U);
}

TEST_F(MlflowBridgeTest, ServersThatAreAwayAreTriedAgain) {
  mlflow_.away = true;
  EXPECT_THROW(RoundWith({{"champion", 1}}), UnavailableError);
  mlflow_.away = false;
  away_ = true;
  EXPECT_THROW(bridge_.Round(), UnavailableError);
  away_ = false;
  EXPECT_EQ(bridge_.Round(), RoundResult::kDone);
  EXPECT_EQ(Champion(), 1U);
}

TEST_F(MlflowBridgeTest, AModelThatVanishedRetiresNothing) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  mlflow_.Set("/api/2.0/mlflow/registered-models/get?name=m",
              R"({"error_code":"RESOURCE_DOES_NOT_EXIST"})", 404);
  EXPECT_THROW(bridge_.Round(), AnswerIsNo);
  EXPECT_EQ(State().challengers.size(), 1U);
}

TEST_F(MlflowBridgeTest, GarbageInTheRegistryIsPassedOver) {
  for (const std::string& topic : {kTopics.state, kTopics.audit}) {
    log_.push_back({.topic = topic, .key = "churn", .value = "{"});
    log_.push_back({.topic = topic, .key = "churn", .value = std::nullopt});
    log_.push_back({.topic = topic, .key = std::nullopt, .value = "{}"});
  }
  EXPECT_EQ(RoundWith({{"champion", 1}}), RoundResult::kDone);
  EXPECT_EQ(Champion(), 1U);
}

TEST_F(MlflowBridgeTest, TheAuditTopicNamesVerbAndSubject) {
  RoundWith({{"champion", 1}, {"challenger", 2}});
  RoundWith({{"champion", 1}});
  std::vector<std::string> changes;
  for (const LogRecord& record : log_) {
    if (record.topic != kTopics.audit) continue;
    const AuditRecord audit = ParseAuditRecord(*record.value).message;
    if (audit.state) changes.push_back(audit.verb + " " + audit.subject);
  }
  EXPECT_THAT(changes, ElementsAre("deploy small@1", "canary small@2",
                                   "retire small@2"));
}

}  // namespace
}  // namespace tidemill
