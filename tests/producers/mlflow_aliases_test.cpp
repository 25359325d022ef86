#include "producers/mlflow_aliases.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::ElementsAre;

ArtifactReference Version(std::uint32_t number) {
  return {.model = {.model = "churn", .version = number},
          .uri = "file:x.bin",
          .sha256 = std::string(64, 'a'),
          .size = 10,
          .signature = {},
          .key = {}};
}

const FollowedAlias kChampion{.alias = "champion"};
const FollowedAlias kCanary{
    .alias = "challenger", .role = AliasRole::kCanary, .percent = 10.0};
const FollowedAlias kShadow{.alias = "challenger", .role = AliasRole::kShadow};

RegistryState WithChampion(std::uint32_t number) {
  RegistryState state;
  state.champion = Version(number);
  return state;
}

TEST(ReadFollowedAliasesTest, TheDefaultDependsOnThePercent) {
  EXPECT_THAT(ReadFollowedAliases({}, 10.0), ElementsAre(kChampion, kCanary));
  EXPECT_THAT(ReadFollowedAliases({}, std::nullopt),
              ElementsAre(kChampion, kShadow));
}

TEST(ReadFollowedAliasesTest, TheOneThatDeploysComesFirst) {
  const auto aliases =
      ReadFollowedAliases({"next=canary", "other=shadow", "live=deploy"}, 5.0);
  ASSERT_EQ(aliases.size(), 3U);
  EXPECT_EQ(aliases[0].alias, "live");
  EXPECT_EQ(aliases[1].alias, "next");
  EXPECT_EQ(aliases[1].percent, 5.0);
}

TEST(ReadFollowedAliasesTest, RefusesWhatCannotBeMeant) {
  using Texts = std::vector<std::string>;
  for (const Texts& texts :
       {Texts{"champion"}, Texts{"=deploy"}, Texts{"champion=promote"},
        Texts{"a b=deploy"}, Texts{"a=deploy", "a=shadow"},
        Texts{"a=deploy", "b=deploy"}, Texts{"a=canary"}}) {
    EXPECT_THROW(ReadFollowedAliases(texts, std::nullopt), UsageError);
  }
  EXPECT_THROW(ReadFollowedAliases({"a=deploy"}, 10.0), UsageError);
}

TEST(AliasChangeTest, IsReadBackFromItsText) {
  AliasChange change;
  change.model = "my version 2 alias model";
  change.version = 3;
  change.alias = "champion";
  EXPECT_EQ(ToText(change),
            "mlflow my version 2 alias model version 3 alias champion");
  EXPECT_EQ(ParseAliasChange(ToText(change), change.model), change);
  change.removed = true;
  EXPECT_EQ(ParseAliasChange(ToText(change), change.model), change);
}

TEST(AliasChangeTest, OtherReasonsAreNoChange) {
  for (const char* reason :
       {"", "rollback", "mlflow other version 3 alias champion",
        "mlflow churn version x alias champion",
        "mlflow churn version 3 alias ", "mlflow churn version 3",
        "mlflow churn version 3 alias a b",
        "mlflow churn version 99999999999999999999999 alias a"}) {
    EXPECT_EQ(ParseAliasChange(reason, "churn"), std::nullopt) << reason;
  }
}

AuditRecord Audit(const std::string& issued_by, const std::string& reason,
                  const std::string& subject = "churn@7") {
  AuditRecord record;
  record.verb = "deploy";
  record.subject = subject;
  record.state = RegistryState{};
  record.state->service = "churn";
  record.state->issued_by = issued_by;
  record.state->reason = reason;
  return record;
}

TEST(RememberTest, TheLastChangeOfAnAliasCounts) {
  AliasMemories memories;
  Remember(Audit("mlflow-bridge/a@b", "mlflow m version 3 alias x"), "churn",
           "m", memories);
  Remember(Audit("mlflow-bridge/c@d", "mlflow m version 4 alias x", "churn@8"),
           "churn", "m", memories);
  ASSERT_EQ(memories.size(), 1U);
  EXPECT_EQ(memories["x"].version, 4U);
  EXPECT_EQ(memories["x"].model, (ModelReference{"churn", 8}));
  EXPECT_FALSE(memories["x"].removed);
}

TEST(RememberTest, OnlyABridgeOfThisModelAndServiceCounts) {
  AliasMemories memories;
  const std::string reason = "mlflow m version 3 alias x";
  Remember(Audit("someone@host", reason), "churn", "m", memories);
  Remember(Audit("mlflow-bridge/a@b", reason), "taxi", "m", memories);
  Remember(Audit("mlflow-bridge/a@b", reason), "churn", "other", memories);
  Remember(AuditRecord{}, "churn", "m", memories);
  EXPECT_TRUE(memories.empty());
}

TEST(FollowTest, AChampionIsDeployedAndThePreviousKept) {
  const RegistryState next =
      Follow(WithChampion(1), kChampion, Version(2), std::nullopt);
  EXPECT_EQ(next.champion, Version(2));
  EXPECT_EQ(next.previous, Version(1));
}

TEST(FollowTest, TheChampionAgainChangesNothing) {
  EXPECT_EQ(Follow(WithChampion(1), kChampion, Version(1), std::nullopt),
            WithChampion(1));
}

TEST(FollowTest, AChallengerTakesThePlaceOfTheOneBefore) {
  const RegistryState one =
      Follow(WithChampion(1), kCanary, Version(2), std::nullopt);
  ASSERT_EQ(one.challengers.size(), 1U);
  EXPECT_EQ(one.challengers[0].mode, ChallengerMode::kCanary);
  EXPECT_EQ(one.challengers[0].percent, 10.0);
  const RegistryState two = Follow(one, kCanary, Version(3), Version(2).model);
  ASSERT_EQ(two.challengers.size(), 1U);
  EXPECT_EQ(two.challengers[0].artifact, Version(3));
}

TEST(FollowTest, AChallengerThatLeftBetweenIsNotMissed) {
  const RegistryState next =
      Follow(WithChampion(2), kShadow, Version(3), Version(2).model);
  ASSERT_EQ(next.challengers.size(), 1U);
  EXPECT_EQ(next.champion, Version(2));
}

TEST(FollowTest, AChallengerWithoutAChampionIsRefused) {
  EXPECT_THROW(Follow(RegistryState{}, kShadow, Version(1), std::nullopt),
               AnswerIsNo);
}

TEST(UnfollowTest, TakesOutAChallengerAndNothingElse) {
  const RegistryState one =
      Follow(WithChampion(1), kShadow, Version(2), std::nullopt);
  EXPECT_EQ(Unfollow(one, Version(2).model), WithChampion(1));
  EXPECT_EQ(Unfollow(one, Version(1).model), one);
  RegistryState previous = WithChampion(2);
  previous.previous = Version(1);
  EXPECT_EQ(Unfollow(previous, Version(1).model), previous);
}

}  // namespace
}  // namespace tidemill
