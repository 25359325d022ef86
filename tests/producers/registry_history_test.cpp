#include "producers/registry_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::string TimeText(int second) {
  return "2026-11-21T09:00:" + std::string(second < 10 ? "0" : "") +
         std::to_string(second) + "Z";
}

AuditRecord Deployed(std::uint64_t sequence, std::uint32_t version,
                     const std::string& service = "churn") {
  RegistryState state;
  state.service = service;
  state.sequence = sequence;
  state.champion = ArtifactReference{.model = {"churn", version},
                                     .uri = "file:x.bin",
                                     .sha256 = std::string(64, 'a'),
                                     .size = 1,
                                     .signature = "",
                                     .key = ""};
  state.issued_by = "me";
  state.issued_at = TimeText(static_cast<int>(sequence) * 10);
  AuditRecord audit;
  audit.verb = "deploy";
  audit.subject = ToText(state.champion->model);
  audit.state = std::move(state);
  return audit;
}

AuditRecord Said(const std::string& instance, std::uint64_t sequence,
                 InstanceState state, int second) {
  AuditRecord audit;
  audit.verb = "status";
  audit.status = InstanceStatus{.service = "churn",
                                .instance = instance,
                                .sequence = sequence,
                                .state = state,
                                .detail = "",
                                .swap_us = std::nullopt,
                                .champion = "",
                                .challengers = {},
                                .time = TimeText(second)};
  return audit;
}

LogRecord Record(const AuditRecord& audit) {
  return {.topic = "audit",
          .key = "churn",
          .value = ToJson(audit),
          .offset = 0,
          .timestamp_ms = 0};
}

RegistryHistory HistoryOf(const std::vector<AuditRecord>& audits) {
  RegistryHistory history("churn");
  for (const AuditRecord& audit : audits) history.Add(Record(audit));
  return history;
}

TEST(RegistryHistoryTest, AChangeKnowsTheChampionBefore) {
  const auto history = HistoryOf({Deployed(1, 6), Deployed(2, 7)});
  ASSERT_THAT(history.changes(), SizeIs(2));
  EXPECT_EQ(history.changes()[0].from, "");
  EXPECT_EQ(history.changes()[1].from, "churn@6");
  EXPECT_EQ(history.changes()[1].to(), "churn@7");
}

TEST(RegistryHistoryTest, AReignEndsWhereTheNextBegins) {
  const auto reigns =
      HistoryOf({Deployed(1, 6), Deployed(2, 6), Deployed(3, 7)}).Reigns();
  ASSERT_THAT(reigns, SizeIs(2));
  EXPECT_EQ(reigns[0].champion, "churn@6");
  EXPECT_EQ(reigns[0].from, TimeText(10));
  EXPECT_EQ(reigns[0].to, TimeText(30));
  EXPECT_EQ(reigns[1].champion, "churn@7");
  EXPECT_EQ(reigns[1].to, std::nullopt);
  EXPECT_FALSE(reigns[1].answered);
}

TEST(RegistryHistoryTest, ItBeginsWhenTheFirstInstanceTookIt) {
  const auto reigns =
      HistoryOf({Deployed(1, 6), Said("b", 1, InstanceState::kActive, 14),
                 Said("a", 1, InstanceState::kActive, 13),
                 // A restart says it again.
                 Said("a", 1, InstanceState::kActive, 50)})
          .Reigns();
  ASSERT_THAT(reigns, SizeIs(1));
  EXPECT_EQ(reigns[0].from, TimeText(13));
  EXPECT_TRUE(reigns[0].answered);
}

TEST(RegistryHistoryTest, WhatAllRefusedNeverReigned) {
  const auto reigns =
      HistoryOf({Deployed(1, 6), Deployed(2, 7),
                 Said("a", 2, InstanceState::kRejected, 21), Deployed(3, 8)})
          .Reigns();
  ASSERT_THAT(reigns, SizeIs(2));
  EXPECT_EQ(reigns[0].champion, "churn@6");
  EXPECT_EQ(reigns[0].to, TimeText(30));
  EXPECT_EQ(reigns[1].champion, "churn@8");
}

TEST(RegistryHistoryTest, WhatOneOfTwoRefusedReigned) {
  const auto reigns = HistoryOf({Deployed(1, 6), Deployed(2, 7),
                                 Said("a", 2, InstanceState::kRejected, 21),
                                 Said("b", 2, InstanceState::kActive, 22)})
                          .Reigns();
  ASSERT_THAT(reigns, SizeIs(2));
  EXPECT_EQ(reigns[1].from, TimeText(22));
}

TEST(RegistryHistoryTest, WhatWasTakenAndRolledBackReignedSinceItWasTaken) {
  const auto history =
      HistoryOf({Deployed(1, 6), Said("a", 1, InstanceState::kActive, 11),
                 Said("a", 1, InstanceState::kRolledBack, 19)});
  EXPECT_EQ(history.Reigns().at(0).from, TimeText(11));
  EXPECT_EQ(history.changes()[0].answers.at("a").status.state,
            InstanceState::kRolledBack);
}

TEST(RegistryHistoryTest, ASequenceThatGoesBackIsIgnored) {
  const auto history =
      HistoryOf({Deployed(2, 6), Deployed(2, 7), Deployed(1, 8)});
  EXPECT_THAT(history.changes(), SizeIs(1));
  EXPECT_EQ(history.bad_messages(), 2U);
}

TEST(RegistryHistoryTest, OtherServicesAreSkipped) {
  const auto history = HistoryOf({Deployed(1, 6, "taxi")});
  EXPECT_THAT(history.changes(), IsEmpty());
  EXPECT_EQ(history.bad_messages(), 0U);
}

TEST(RegistryHistoryTest, GarbageIsCounted) {
  RegistryHistory history("churn");
  LogRecord garbage = Record(Deployed(1, 6));
  garbage.value = "{]";
  history.Add(garbage);
  garbage.value.reset();
  history.Add(garbage);
  EXPECT_THAT(history.changes(), IsEmpty());
  EXPECT_EQ(history.bad_messages(), 2U);
}

TEST(RegistryHistoryTest, ACanaryShowsItsShare) {
  AuditRecord audit = Deployed(1, 6);
  audit.verb = "canary";
  audit.subject = "churn@7";
  Challenger canary{.artifact = *audit.state->champion,
                    .mode = ChallengerMode::kCanary};
  canary.artifact.model.version = 7;
  canary.percent = 0.0001;
  canary.salt = "churn@7";
  audit.state->challengers = {canary};
  AuditRecord grown = audit;
  grown.state->sequence = 2;
  grown.state->challengers[0].percent = 33;
  grown.state->challengers[0].salt = "exp-4";
  grown.state->challengers[0].by = "customerID";
  AuditRecord other = grown;
  other.state->sequence = 3;
  other.verb = "deploy";
  other.subject = "churn@6";
  const auto history = HistoryOf({audit, grown, other});
  ASSERT_THAT(history.changes(), SizeIs(3));
  EXPECT_EQ(history.changes()[0].what(), "churn@7 0.0001 %");
  EXPECT_EQ(history.changes()[1].what(),
            "churn@7 33 %, salt exp-4, by customerID");
  EXPECT_EQ(history.changes()[2].what(), "churn@6");
}

TEST(ShortReasonTest, HasSixtyCharactersAtMost) {
  const std::string sixty(60, 'x');
  EXPECT_EQ(ShortReason(sixty), sixty);
  EXPECT_EQ(ShortReason(sixty + "x"), std::string(57, 'x') + "...");
  std::string euros;
  for (int i = 0; i < 60; ++i) euros += "\xe2\x82\xac";
  EXPECT_EQ(ShortReason(euros), euros);
  EXPECT_EQ(ShortReason(euros + "x"), euros.substr(0, 57 * 3) + "...");
  EXPECT_EQ(ShortReason("a\nb"), "a\\nb");
  EXPECT_EQ(ShortReason(""), "");
}

TEST(EvidenceTextTest, HoldsTheNumbers) {
  EXPECT_EQ(EvidenceText({.rule = "max_error_ratio",
                          .version = "churn@8",
                          .variant = "canary",
                          .instance = "scorer-0",
                          .limit = 0.01,
                          .found = 0.034,
                          .events = 1200,
                          .reference_events = 9000}),
            "max_error_ratio 0.034 over 0.01 (canary churn@8 on scorer-0, "
            "1200 events)");
}

}  // namespace
}  // namespace tidemill
