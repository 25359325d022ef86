#include "tidemill/rollout/desired_state.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelReference Churn(std::uint32_t version) {
  return {.model = "churn", .version = version};
}

ArtifactReference Artifact(std::uint32_t version) {
  return {.model = Churn(version),
          .uri = "file:" + std::to_string(version) + ".bin",
          .sha256 = std::string(64, 'a'),
          .size = version,
          .signature = {},
          .key = {}};
}

Challenger Shadow(std::uint32_t version) {
  Challenger challenger;
  challenger.artifact = Artifact(version);
  return challenger;
}

Challenger Canary(std::uint32_t version, double percent) {
  Challenger challenger = Shadow(version);
  challenger.mode = ChallengerMode::kCanary;
  challenger.percent = percent;
  return challenger;
}

std::vector<std::uint32_t> ChallengerVersions(const RegistryState& state) {
  std::vector<std::uint32_t> versions;
  for (const Challenger& one : state.challengers) {
    versions.push_back(one.artifact.model.version);
  }
  return versions;
}

/// Champion 2, previous 1, challengers 3 (canary) and 4 (shadow), guarded.
RegistryState Busy() {
  RegistryState state = Deploy(Deploy({}, Artifact(1)), Artifact(2));
  state = Challenge(Challenge(state, Canary(3, 10.0)), Shadow(4));
  state.service = "churn";
  state.sequence = 9;
  state.guardrails = Guardrails{};
  state.reason = "before";
  state.issued_by = "ana";
  state.issued_at = "2026-11-21T09:12:02Z";
  return state;
}

template <typename Call>
std::string Refused(Call call) {
  return ThrownMessage<AnswerIsNo>(call);
}

TEST(DesiredStateTest, TheFirstDeployHasNoPrevious) {
  const RegistryState state = Deploy({}, Artifact(1));
  EXPECT_EQ(state.champion, Artifact(1));
  EXPECT_EQ(state.previous, std::nullopt);
}

TEST(DesiredStateTest, DeployMakesTheChampionThePreviousOne) {
  const RegistryState state = Deploy(Busy(), Artifact(5));
  EXPECT_EQ(state.champion, Artifact(5));
  EXPECT_EQ(state.previous, Artifact(2));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(3, 4));
}

TEST(DesiredStateTest, DeployingAChallengerEndsItsChallenge) {
  const RegistryState state = Deploy(Busy(), Artifact(3));
  EXPECT_EQ(state.champion, Artifact(3));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(4));
}

TEST(DesiredStateTest, DeployingThePreviousVersionSwapsTheTwo) {
  const RegistryState state = Deploy(Busy(), Artifact(1));
  EXPECT_EQ(state.champion, Artifact(1));
  EXPECT_EQ(state.previous, Artifact(2));
}

TEST(DesiredStateTest, DeployingTheChampionIsRefused) {
  EXPECT_EQ(Refused([] { Deploy(Busy(), Artifact(2)); }),
            "deploy: expected another version than the champion, got churn@2");
}

TEST(DesiredStateTest, NoChangeTouchesWhatTheWriterFillsIn) {
  const RegistryState before = Busy();
  for (const RegistryState& after :
       {Deploy(before, Artifact(5)), Challenge(before, Shadow(5)),
        Promote(before, Churn(3)), Rollback(before),
        Retire(before, Churn(4))}) {
    EXPECT_NE(after, before);
    EXPECT_EQ(after.service, before.service);
    EXPECT_EQ(after.sequence, before.sequence);
    EXPECT_EQ(after.guardrails, before.guardrails);
    EXPECT_EQ(after.reason, before.reason);
    EXPECT_EQ(after.issued_by, before.issued_by);
    EXPECT_EQ(after.issued_at, before.issued_at);
  }
}

TEST(DesiredStateTest, ANewCanarysSaltIsItsReference) {
  const RegistryState state =
      Challenge(Deploy({}, Artifact(1)), Canary(2, 10.0));
  EXPECT_EQ(state.challengers[0].salt, "churn@2");
  EXPECT_EQ(state.challengers[0].by, "key");
  EXPECT_EQ(state.challengers[0].percent, 10.0);
}

TEST(DesiredStateTest, AGrowingCanaryKeepsSaltAndField) {
  Challenger first = Canary(2, 10.0);
  first.salt = "exp-4";
  first.by = "customerID";
  const RegistryState small = Challenge(Deploy({}, Artifact(1)), first);
  Challenger grown = Canary(2, 30.0);
  for (const char* by : {"key", ""}) {
    grown.by = by;
    const RegistryState state = Challenge(small, grown);
    ASSERT_EQ(state.challengers.size(), 1U);
    EXPECT_EQ(state.challengers[0].percent, 30.0);
    EXPECT_EQ(state.challengers[0].salt, "exp-4");
    EXPECT_EQ(state.challengers[0].by, "customerID");
  }
}

TEST(DesiredStateTest, ACanaryTakesASaltAndAFieldThatAreGiven) {
  Challenger other = Canary(3, 20.0);
  other.salt = "exp-5";
  other.by = "region";
  const RegistryState state = Challenge(Busy(), other);
  EXPECT_EQ(state.challengers[0], other);
}

TEST(DesiredStateTest, AChangedChallengerKeepsItsPlace) {
  const RegistryState state = Challenge(Busy(), Shadow(3));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(3, 4));
  EXPECT_EQ(state.challengers[0], Shadow(3));
  EXPECT_THAT(ChallengerVersions(Challenge(Busy(), Canary(4, 1.0))),
              ElementsAre(3, 4));
}

TEST(DesiredStateTest, AShadowHasNoShare) {
  Challenger odd = Shadow(5);
  odd.percent = 50.0;
  odd.salt = "salt";
  odd.by = "field";
  const RegistryState state = Challenge(Busy(), odd);
  EXPECT_EQ(state.challengers.back(), Shadow(5));
}

TEST(DesiredStateTest, AChallengeNeedsAnotherChampion) {
  EXPECT_EQ(Refused([] { Challenge({}, Shadow(1)); }),
            "shadow: expected a champion to compare with, got none");
  EXPECT_EQ(Refused([] { Challenge(Busy(), Canary(2, 1.0)); }),
            "canary: expected another version than the champion, got churn@2");
}

TEST(DesiredStateTest, AShareIsAPercentage) {
  for (const double percent :
       {-0.1, 100.1, std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(Refused([&] { Challenge(Busy(), Canary(5, percent)); }),
                HasSubstr("a percent from 0 to 100"));
  }
  EXPECT_EQ(Challenge(Busy(), Canary(5, 0.0)).challengers.size(), 3U);
  EXPECT_EQ(Challenge(Busy(), Canary(5, 100.0)).challengers.size(), 3U);
}

TEST(DesiredStateTest, SixteenChallengersAreTheMost) {
  RegistryState state = Deploy({}, Artifact(100));
  for (std::uint32_t version = 1; version <= kMaxChallengers; ++version) {
    state = Challenge(state, Shadow(version));
  }
  EXPECT_THAT(Refused([&] { Challenge(state, Shadow(17)); }),
              HasSubstr("at most 16 challengers"));
  EXPECT_EQ(Challenge(state, Canary(16, 1.0)).challengers.size(), 16U);
}

TEST(DesiredStateTest, PromoteKeepsTheOtherChallengers) {
  const RegistryState state = Promote(Busy(), Churn(3));
  EXPECT_EQ(state.champion, Artifact(3));
  EXPECT_EQ(state.previous, Artifact(2));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(4));
}

TEST(DesiredStateTest, OnlyAChallengerIsPromoted) {
  EXPECT_EQ(Refused([] { Promote(Busy(), Churn(5)); }),
            "promote: expected a challenger, got churn@5, which is none");
  EXPECT_EQ(Refused([] { Promote(Busy(), Churn(2)); }),
            "promote: expected a challenger, got churn@2, the champion");
}

TEST(DesiredStateTest, RollingBackTwiceIsRefused) {
  const RegistryState state = Rollback(Busy());
  EXPECT_EQ(state.champion, Artifact(1));
  EXPECT_EQ(state.previous, std::nullopt);
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(3, 4));
  EXPECT_EQ(Refused([&] { Rollback(state); }),
            "rollback: expected a previous version to go back to, got none");
}

TEST(DesiredStateTest, RollingBackToAChallengerEndsItsChallenge) {
  const RegistryState state = Rollback(Challenge(Busy(), Shadow(1)));
  EXPECT_EQ(state.champion, Artifact(1));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(3, 4));
}

TEST(DesiredStateTest, RetireTakesAChallengerOut) {
  const RegistryState state = Retire(Busy(), Churn(3));
  EXPECT_THAT(ChallengerVersions(state), ElementsAre(4));
  EXPECT_EQ(state.previous, Artifact(1));
}

TEST(DesiredStateTest, RetiringThePreviousVersionEndsTheWayBack) {
  const RegistryState state = Retire(Busy(), Churn(1));
  EXPECT_EQ(state.previous, std::nullopt);
  Refused([&] { Rollback(state); });
}

TEST(DesiredStateTest, AChallengerThatIsPreviousTooIsRetiredAsTheFormer) {
  const RegistryState both = Challenge(Busy(), Shadow(1));
  const RegistryState once = Retire(both, Churn(1));
  EXPECT_THAT(ChallengerVersions(once), ElementsAre(3, 4));
  EXPECT_EQ(once.previous, Artifact(1));
  EXPECT_EQ(Retire(once, Churn(1)).previous, std::nullopt);
}

TEST(DesiredStateTest, TheChampionAndStrangersAreNotRetired) {
  EXPECT_THAT(Refused([] { Retire(Busy(), Churn(2)); }),
              HasSubstr("churn@2, the champion"));
  EXPECT_THAT(Refused([] { Retire(Busy(), Churn(7)); }),
              HasSubstr("churn@7, which is neither"));
}

TEST(DesiredStateTest, TheNextVersionFollowsTheHighestKnown) {
  RegistryView view;
  EXPECT_EQ(NextVersion(view, "churn"), 1U);
  view.versions[Churn(3)];
  view.versions[Churn(7)];
  view.versions[{"taxi", 90}];
  EXPECT_EQ(NextVersion(view, "churn"), 8U);
  EXPECT_EQ(NextVersion(view, "taxi"), 91U);
  EXPECT_EQ(NextVersion(view, "fares"), 1U);
}

TEST(DesiredStateTest, AVersionWithARoleIsTakenEvenWithoutARecord) {
  RegistryView view;
  view.state = Deploy({}, Artifact(4));
  EXPECT_EQ(NextVersion(view, "churn"), 5U);
  view.state = Challenge(*view.state, Shadow(9));
  EXPECT_EQ(NextVersion(view, "churn"), 10U);
  view.state = Deploy(Deploy({}, Artifact(20)), Artifact(2));
  EXPECT_EQ(NextVersion(view, "churn"), 21U);
}

TEST(DesiredStateTest, NoVersionFollowsTheLastOne) {
  RegistryView view;
  view.versions[Churn(4294967295)];
  EXPECT_THAT(Refused([&] { NextVersion(view, "churn"); }),
              HasSubstr("4294967295"));
}

/// One random change; refusals leave the state as it was.
RegistryState RandomChange(const RegistryState& state, Random& random) {
  const auto version = static_cast<std::uint32_t>(1 + random.Below(20));
  try {
    switch (random.Below(6)) {
      case 0:
        return Deploy(state, Artifact(version));
      case 1:
        return Challenge(state, Shadow(version));
      case 2:
        return Challenge(state, Canary(version, random.Uniform() * 100.0));
      case 3:
        return Promote(state, Churn(version));
      case 4:
        return Rollback(state);
      default:
        return Retire(state, Churn(version));
    }
  } catch (const AnswerIsNo&) {
    return state;
  }
}

TEST(DesiredStateTest, WhateverTheChangesEveryInstanceCanReadTheState) {
  Random random(11);
  RegistryState state;
  state.service = "churn";
  for (std::uint64_t i = 1; i <= 5'000; ++i) {
    state = RandomChange(state, random);
    state.sequence = i;
    ASSERT_EQ(ParseRegistryState(ToJson(state), "churn").message, state);
    ASSERT_TRUE(!state.previous || state.previous != state.champion);
  }
}

}  // namespace
}  // namespace tidemill
