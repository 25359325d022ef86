#include "tidemill/wire/registry_messages.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tidemill/core/random.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;

const std::string kDigest(64, '7');

ArtifactReference Artifact(std::uint32_t version,
                           const std::string& model = "churn") {
  return {.model = {.model = model, .version = version},
          .uri = "file:" + kDigest + ".bin",
          .sha256 = kDigest,
          .size = 48211,
          .signature = {},
          .key = {}};
}

Challenger Canary(std::uint32_t version, double percent) {
  return {.artifact = Artifact(version),
          .mode = ChallengerMode::kCanary,
          .percent = percent,
          .salt = "exp-4",
          .by = "customerID"};
}

RegistryState FullState() {
  RegistryState state;
  state.service = "churn";
  state.sequence = 12;
  state.champion = Artifact(7);
  state.champion->signature = "c2ln";
  state.champion->key = "ops";
  state.previous = Artifact(6);
  state.challengers.push_back(Canary(8, 10.0));
  state.challengers.push_back({.artifact = Artifact(9),
                               .mode = ChallengerMode::kShadow,
                               .percent = 0.0,
                               .salt = {},
                               .by = "key"});
  state.guardrails = Guardrails{.max_error_ratio = 0.01,
                                .max_p99_ms = 20.0,
                                .max_score_psi = 0.2,
                                .max_missing_ratio = 0.3,
                                .min_events = 500,
                                .probation_events = 1000,
                                .probation = std::chrono::seconds(60),
                                .rolls_back = false};
  state.reason = "canary";
  state.issued_by = "ana";
  state.issued_at = "2026-11-21T09:12:02.123456Z";
  return state;
}

RegistryState MinimalState() {
  RegistryState state;
  state.service = "churn";
  state.sequence = 1;
  return state;
}

InstanceStatus Status() {
  InstanceStatus status;
  status.service = "churn";
  status.instance = "scorer-0";
  status.sequence = 12;
  status.state = InstanceState::kActive;
  status.swap_us = 81234;
  status.champion = "churn@7";
  status.challengers = {"churn@8"};
  status.time = "2026-11-21T09:12:02.323456Z";
  return status;
}

VersionRecord Version() {
  VersionRecord record;
  record.service = "churn";
  record.artifact = Artifact(7);
  record.created = "2026-11-21T09:00:00.000000Z";
  record.created_by = "ana";
  record.run = "r1";
  record.metrics = {{"roc_auc", 0.8417}, {"accuracy", 0.8}, {"rows", 7043.0}};
  return record;
}

GuardrailEvidence Evidence() {
  return {.rule = "max_error_ratio",
          .version = "churn@8",
          .variant = "canary",
          .instance = "scorer-1",
          .limit = 0.01,
          .found = 0.25,
          .events = 1000,
          .reference_events = 9000};
}

RegistryState ReadState(std::string_view bytes) {
  return ParseRegistryState(bytes, "churn").message;
}

/// The full state, changed as JSON and read again.
using Change = std::function<void(Json&)>;
std::string Changed(const Change& change) {
  Json json = Json::parse(ToJson(FullState()));
  change(json);
  return json.dump();
}

struct Refusal {
  MessageFault fault;
  std::string message;
};

template <typename Parse>
Refusal RefusalOf(Parse parse) {
  try {
    parse();
  } catch (const MessageError& error) {
    return {error.fault(), error.what()};
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

Refusal StateRefusal(std::string_view bytes) {
  return RefusalOf([&] { ReadState(bytes); });
}

void ExpectInvalid(const Change& change, const std::string& message) {
  const Refusal refusal = StateRefusal(Changed(change));
  EXPECT_EQ(refusal.fault, MessageFault::kInvalid);
  EXPECT_EQ(refusal.message, message);
}

TEST(RegistryMessagesTest, AStateIsWrittenKeyByKeyAsDocumented) {
  EXPECT_EQ(
      ToJson(FullState()),
      R"({"schema":1,"service":"churn","sequence":12,)"
      R"("champion":{"model":"churn","version":7,"uri":"file:)" +
          kDigest + R"(.bin","sha256":")" + kDigest +
          R"(","size":48211,"signature":"c2ln","key":"ops"},)"
          R"("previous":{"model":"churn","version":6,"uri":"file:)" +
          kDigest + R"(.bin","sha256":")" + kDigest +
          R"(","size":48211},)"
          R"("challengers":[{"model":"churn","version":8,"uri":"file:)" +
          kDigest + R"(.bin","sha256":")" + kDigest +
          R"(","size":48211,"mode":"canary","percent":10,"salt":"exp-4",)"
          R"("by":"customerID"},)"
          R"({"model":"churn","version":9,"uri":"file:)" +
          kDigest + R"(.bin","sha256":")" + kDigest +
          R"(","size":48211,"mode":"shadow"}],)"
          R"("guardrails":{"max_error_ratio":0.01,"max_p99_ms":20,)"
          R"("max_score_psi":0.2,"max_missing_ratio":0.3,"min_events":500,)"
          R"("probation":{"events":1000,"seconds":60},"auto":"none"},)"
          R"("reason":"canary","issued_by":"ana",)"
          R"("issued_at":"2026-11-21T09:12:02.123456Z"})");
}

TEST(RegistryMessagesTest, AStateOfNothingIsShort) {
  EXPECT_EQ(ToJson(MinimalState()),
            R"({"schema":1,"service":"churn","sequence":1,"challengers":[],)"
            R"("reason":"","issued_by":"","issued_at":""})");
}

TEST(RegistryMessagesTest, EveryMessageIsReadAsItWasWritten) {
  EXPECT_EQ(ReadState(ToJson(FullState())), FullState());
  EXPECT_EQ(ReadState(ToJson(MinimalState())), MinimalState());
  EXPECT_EQ(ParseVersionRecord(ToJson(Version())).message, Version());
  EXPECT_EQ(ParseInstanceStatus(ToJson(Status())).message, Status());
  InstanceStatus rejected = Status();
  rejected.state = InstanceState::kRejected;
  rejected.sequence = 0;
  rejected.detail = "line one\nline \"two\"";
  rejected.swap_us.reset();
  rejected.champion.clear();
  rejected.challengers.clear();
  EXPECT_EQ(ParseInstanceStatus(ToJson(rejected)).message, rejected);
}

TEST(RegistryMessagesTest, AuditRecordsOfAllKindsAreReadAsWritten) {
  AuditRecord change;
  change.verb = "rollback";
  change.subject = "churn@8";
  change.state = FullState();
  change.evidence = Evidence();
  EXPECT_EQ(ParseAuditRecord(ToJson(change)).message, change);
  AuditRecord status;
  status.verb = "status";
  status.status = Status();
  EXPECT_EQ(ParseAuditRecord(ToJson(status)).message, status);
  AuditRecord version;
  version.verb = "add";
  version.subject = "churn@7";
  version.added = Version();
  EXPECT_EQ(ParseAuditRecord(ToJson(version)).message, version);
  for (const AuditRecord& record : {change, status, version}) {
    EXPECT_EQ(ParseAuditRecord(ToJson(record)).unknown_keys, 0U);
  }
}

TEST(RegistryMessagesTest, ANumberBeyondAllBinsIsNull) {
  AuditRecord record;
  record.verb = "rollback";
  record.state = FullState();
  record.evidence = Evidence();
  record.evidence->found = std::numeric_limits<double>::infinity();
  EXPECT_THAT(ToJson(record), HasSubstr(R"("found":null)"));
  EXPECT_EQ(ParseAuditRecord(ToJson(record)).message, record);
}

TEST(RegistryMessagesTest, MetricsKeepTheirOrderAndLoseWhatIsNotFinite) {
  VersionRecord record = Version();
  record.metrics.insert(record.metrics.begin() + 1,
                        {"nothing", std::numeric_limits<double>::quiet_NaN()});
  EXPECT_THAT(
      ToJson(record),
      HasSubstr(R"("metrics":{"roc_auc":0.8417,"accuracy":0.8,"rows":7043})"));
  EXPECT_EQ(ParseVersionRecord(ToJson(record)).message, Version());
}

TEST(RegistryMessagesTest, TextThatIsNotUtf8IsMended) {
  RegistryState state = FullState();
  state.reason = "caf\xE9";
  EXPECT_EQ(ReadState(ToJson(state)).reason, "caf\xEF\xBF\xBD");
}

TEST(RegistryMessagesTest, ALongDetailIsCutBetweenCharacters) {
  InstanceStatus status = Status();
  status.detail = std::string(1023, 'x') + "\xC3\xBC and more";
  EXPECT_EQ(ParseInstanceStatus(ToJson(status)).message.detail,
            std::string(1023, 'x'));
  status.detail = std::string(5000, '\xFF');
  EXPECT_EQ(ParseInstanceStatus(ToJson(status)).message.detail.size(), 3072U);
}

TEST(RegistryMessagesTest, WhatMayBeLeftOutMayBeNullToo) {
  const RegistryState expected = MinimalState();
  EXPECT_EQ(ReadState(R"({"schema":1,"service":"churn","sequence":1})"),
            expected);
  EXPECT_EQ(ReadState(R"({"schema":1,"service":"churn","sequence":1,)"
                      R"("champion":null,"previous":null,"challengers":null,)"
                      R"("guardrails":null,"reason":null,"issued_by":null,)"
                      R"("issued_at":null})"),
            expected);
}

TEST(RegistryMessagesTest, AbsentGuardrailsHaveTheirDefaults) {
  const RegistryState state = ReadState(
      Changed([](Json& json) { json["guardrails"] = Json::object(); }));
  EXPECT_EQ(state.guardrails, Guardrails{});
  const RegistryState half = ReadState(Changed([](Json& json) {
    json["guardrails"] = {{"max_p99_ms", 5.5}, {"probation", {{"events", 0}}}};
  }));
  Guardrails expected;
  expected.max_p99_ms = 5.5;
  expected.probation_events = 0;
  EXPECT_EQ(half.guardrails, expected);
}

TEST(RegistryMessagesTest, ACanarysSaltIsItsReferenceAndItsFieldTheKey) {
  const RegistryState state = ReadState(Changed([](Json& json) {
    json["challengers"][0].erase("salt");
    json["challengers"][0].erase("by");
  }));
  EXPECT_EQ(state.challengers[0].salt, "churn@8");
  EXPECT_EQ(state.challengers[0].by, "key");
}

TEST(RegistryMessagesTest, UnknownKeysAreCountedWhereverTheyStand) {
  const auto parsed = ParseRegistryState(
      Changed([](Json& json) {
        json["new"] = {{"a", 1},
                       {"b", {{"c", 2}}}};  // one: nobody looks inside
        json["champion"]["colour"] = "red";
        json["challengers"][1]["percent"] = "of a shadow";
        json["guardrails"]["probation"]["hours"] = 1;
      }),
      "churn");
  EXPECT_EQ(parsed.unknown_keys, 4U);
  EXPECT_EQ(parsed.message, FullState());
}

TEST(RegistryMessagesTest, AnotherSchemaIsUnknown) {
  for (const char* text : {"2", "0", "\"1\"", "1.0", "null", "true", "[1]"}) {
    const Refusal refusal = StateRefusal(
        Changed([&](Json& json) { json["schema"] = Json::parse(text); }));
    EXPECT_EQ(refusal.fault, MessageFault::kUnknownSchema) << text;
  }
  const Refusal refusal = StateRefusal("{}");
  EXPECT_EQ(refusal.fault, MessageFault::kUnknownSchema);
  EXPECT_EQ(refusal.message, "schema: expected 1, got nothing");
}

TEST(RegistryMessagesTest, WhatIsNotJsonIsRefused) {
  const std::string good = ToJson(FullState());
  const std::string nul("\0", 1);
  for (const std::string& bytes :
       {std::string(), std::string("nonsense"), std::string("[]"),
        std::string("null"), std::string("1"), good + "x", good + good,
        good + nul, "\xEF\xBB\xBF" + good, good.substr(0, good.size() - 1),
        std::string("{\"schema\":1,}"), std::string("{\"schema\":NaN}"),
        std::string("{'schema':1}"), std::string("// no\n{}"),
        std::string("{\"a\":\"\xFF\"}"), std::string("{\"a\":\"\\ud800\"}"),
        std::string("{\"a\":01}"), std::string("{\"a\":1e999}")}) {
    EXPECT_EQ(StateRefusal(bytes).fault, MessageFault::kNotJson) << bytes;
  }
}

TEST(RegistryMessagesTest, AKeyThatStandsTwiceIsRefusedWhereverItStands) {
  for (const char* bytes :
       {R"({"schema":1,"schema":1})", R"({"a":{"b":1,"b":1}})",
        R"({"a":[{"b":1},{"c":1,"\u0063":2}]})"}) {
    const Refusal refusal = StateRefusal(bytes);
    EXPECT_EQ(refusal.fault, MessageFault::kNotJson) << bytes;
    EXPECT_THAT(refusal.message, HasSubstr("every key once"));
  }
  // Twice in two objects is fine.
  EXPECT_EQ(StateRefusal(R"({"a":[{"b":1},{"b":1}],"b":1})").fault,
            MessageFault::kUnknownSchema);
}

TEST(RegistryMessagesTest, SizeDepthAndKeysAreBounded) {
  const std::string padding(kMaxRegistryMessageBytes, ' ');
  const std::string good = ToJson(FullState());
  EXPECT_EQ(ReadState(good + padding.substr(good.size())), FullState());
  EXPECT_EQ(StateRefusal(good + padding).fault, MessageFault::kTooLarge);

  const auto nested = [](std::size_t levels) {
    return "{\"a\":" + std::string(levels - 1, '[') +
           std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(StateRefusal(nested(16)).fault, MessageFault::kUnknownSchema);
  EXPECT_EQ(StateRefusal(nested(17)).message,
            "message: expected at most 16 levels, got more");
  EXPECT_EQ(StateRefusal(nested(30'000)).fault, MessageFault::kNotJson);

  Json many;
  for (int i = 0; i < 256; ++i) many[std::to_string(i)] = 0;
  EXPECT_EQ(StateRefusal(many.dump()).fault, MessageFault::kUnknownSchema);
  many["one more"] = 0;
  EXPECT_EQ(StateRefusal(many.dump()).message,
            "message: expected at most 256 keys in an object, got more");
}

TEST(RegistryMessagesTest, AnotherServicesStateIsRefused) {
  ExpectInvalid([](Json& json) { json["service"] = "taxi"; },
                R"(service: expected "churn", got "taxi")");
}

TEST(RegistryMessagesTest, AWrongValueIsNamedWithItsPlace) {
  ExpectInvalid(
      [](Json& json) { json["champion"]["version"] = "7"; },
      "champion.version: expected an integer from 1 to 4294967295, got text");
  ExpectInvalid(
      [](Json& json) { json["champion"]["version"] = 2.0; },
      "champion.version: expected an integer from 1 to 4294967295, got 2.0");
  ExpectInvalid([](Json& json) { json["champion"].erase("version"); },
                "champion.version: expected an integer, got nothing");
  ExpectInvalid(
      [](Json& json) { json["challengers"][0]["percent"] = 100.5; },
      "challengers[0].percent: expected a number from 0 to 100, got 100.5");
  ExpectInvalid([](Json& json) { json["challengers"][0].erase("percent"); },
                "challengers[0].percent: expected a number from 0 to 100, got "
                "nothing");
  ExpectInvalid([](Json& json) { json["challengers"][1]["mode"] = "blue"; },
                "challengers[1].mode: expected shadow or canary, got \"blue\"");
  ExpectInvalid([](Json& json) { json["challengers"] = Json::object(); },
                "challengers: expected a list, got an object");
  ExpectInvalid(
      [](Json& json) { json["guardrails"]["probation"]["seconds"] = -1; },
      "guardrails.probation.seconds: expected an integer from 0 to "
      "1000000000, got -1");
  ExpectInvalid([](Json& json) { json["guardrails"]["max_p99_ms"] = -0.5; },
                "guardrails.max_p99_ms: expected a number from 0, got -0.5");
}

TEST(RegistryMessagesTest, TwoChampionsAreRefused) {
  ExpectInvalid(
      [](Json& json) {
        json["champion"] = Json::array({json["champion"], json["previous"]});
      },
      "champion: expected an object, got a list");
  ExpectInvalid(
      [](Json& json) { json["challengers"][0]["version"] = 7; },
      R"(challengers[0]: expected every version in one role, got "churn@7" )"
      "in two");
  ExpectInvalid(
      [](Json& json) { json["challengers"][1]["version"] = 8; },
      R"(challengers[1]: expected every version in one role, got "churn@8" )"
      "in two");
}

TEST(RegistryMessagesTest, AChallengerNeedsAChampion) {
  ExpectInvalid([](Json& json) { json.erase("champion"); },
                "challengers: expected a champion beside challengers, got "
                "none");
}

TEST(RegistryMessagesTest, SixteenChallengersAreTheMost) {
  const auto with = [](std::uint32_t count) {
    RegistryState state = FullState();
    state.challengers.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      state.challengers.push_back(Canary(100 + i, 1.0));
    }
    return ToJson(state);
  };
  EXPECT_EQ(ReadState(with(16)).challengers.size(), 16U);
  EXPECT_EQ(StateRefusal(with(17)).message,
            "challengers: expected at most 16 items, got 17");
}

struct BadValue {
  const char* pointer;  ///< where in the full state
  Json value;
};

TEST(RegistryMessagesTest, EveryRangeIsKept) {
  const std::string nul("a\0b", 3);
  const std::vector<BadValue> values = {
      {"/service", ""},
      {"/service", "a b"},
      {"/service", std::string(201, 'a')},
      {"/service", nullptr},
      {"/sequence", 0},
      {"/sequence", -1},
      {"/sequence", 9007199254740993},
      {"/sequence", 18446744073709551615U},
      {"/sequence", 1e300},
      {"/champion", "churn@7"},
      {"/champion/model", "../churn"},
      {"/champion/model", "churn\n"},
      {"/champion/model", nul},
      {"/champion/version", 0},
      {"/champion/version", 4294967296},
      {"/champion/uri", ""},
      {"/champion/uri", std::string(2049, 'u')},
      {"/champion/uri", "file:\x1b[2J"},
      {"/champion/uri",
       "file:\xC2\x9B"
       "2J"},
      {"/champion/sha256", std::string(63, 'a')},
      {"/champion/sha256", std::string(64, 'A')},
      {"/champion/sha256", std::string(64, 'g')},
      {"/champion/size", 0},
      {"/champion/size", 268435457},
      {"/champion/signature", std::string(257, 's')},
      {"/champion/signature", 1},
      {"/champion/key", Json::array()},
      {"/previous/version", true},
      {"/challengers/0", 1},
      {"/challengers/0/mode", nullptr},
      {"/challengers/0/percent", -0.001},
      {"/challengers/0/percent", "10"},
      {"/challengers/0/salt", ""},
      {"/challengers/0/salt", std::string(201, 's')},
      {"/challengers/0/by", ""},
      {"/challengers/0/by", 1},
      {"/guardrails", Json::array()},
      {"/guardrails/max_error_ratio", 1.01},
      {"/guardrails/max_missing_ratio", 2},
      {"/guardrails/max_score_psi", -1},
      {"/guardrails/min_events", 0},
      {"/guardrails/min_events", 1000000001},
      {"/guardrails/min_events", 10.5},
      {"/guardrails/probation", 5},
      {"/guardrails/probation/events", -1},
      {"/guardrails/auto", "maybe"},
      {"/guardrails/auto", true},
      {"/reason", std::string(1025, 'r')},
      {"/reason", 5},
      {"/issued_by", std::string(257, 'b')},
      {"/issued_at", "now\n"}};
  for (const BadValue& bad : values) {
    const Refusal refusal = StateRefusal(Changed([&](Json& json) {
      json[Json::json_pointer(bad.pointer)] = bad.value;
    }));
    EXPECT_EQ(refusal.fault, MessageFault::kInvalid) << bad.pointer;
  }
}

TEST(RegistryMessagesTest, TheEndsOfRangesAreTaken) {
  RegistryState state = FullState();
  state.sequence = kMaxSequence;
  state.champion->model = {std::string(200, 'm'), 4294967295U};
  state.champion->uri = std::string(2048, 'u');
  state.champion->size = 268'435'456;
  state.challengers[0].percent = 100.0;
  state.challengers[0].salt = std::string(200, 's');
  state.guardrails->max_error_ratio = 1.0;
  state.guardrails->min_events = 1'000'000'000;
  state.reason = std::string(1024, '\n');
  EXPECT_EQ(ReadState(ToJson(state)), state);
}

TEST(RegistryMessagesTest, AnErrorQuotesLittleAndNothingThatControls) {
  const std::string evil = std::string(3000, 'e') + "\x1b[2J\n";
  for (const char* pointer :
       {"/service", "/champion/model", "/champion/uri", "/champion/sha256",
        "/challengers/0/mode", "/challengers/0/by", "/guardrails/auto",
        "/issued_by"}) {
    for (const std::string& text : {evil, std::string("\x1b[2J\n\xC2\x9B")}) {
      const Refusal refusal = StateRefusal(Changed(
          [&](Json& json) { json[Json::json_pointer(pointer)] = text; }));
      EXPECT_EQ(refusal.message.find_first_of("\x1b\n\xC2\x9B"),
                std::string::npos)
          << pointer;
      EXPECT_LE(std::count(refusal.message.begin(), refusal.message.end(), 'e'),
                100)
          << refusal.message;
      EXPECT_LE(refusal.message.size(), 250U);
    }
  }
  const Refusal twice = StateRefusal(
      Json({{evil, 1}})
          .dump()
          .insert(1, "\"" + std::string(3000, 'e') + "\\u001b[2J\\n\":1,"));
  EXPECT_THAT(twice.message, HasSubstr("every key once"));
  EXPECT_LE(twice.message.size(), 200U);
}

TEST(RegistryMessagesTest, AnAuditRecordMustAgreeWithItsBody) {
  AuditRecord record;
  record.verb = "deploy";
  record.state = FullState();
  const auto refusal = [&](const Change& change) {
    Json json = Json::parse(ToJson(record));
    change(json);
    return RefusalOf([&] { ParseAuditRecord(json.dump()); }).message;
  };
  EXPECT_EQ(refusal([](Json& json) { json["sequence"] = 11; }),
            "sequence: expected 12, got 11");
  EXPECT_EQ(refusal([](Json& json) { json["service"] = "taxi"; }),
            R"(state.service: expected "taxi", got "churn")");
  EXPECT_EQ(refusal([](Json& json) { json["kind"] = "gossip"; }),
            R"(kind: expected change or status or version, got "gossip")");
  EXPECT_EQ(refusal([](Json& json) { json["kind"] = "status"; }),
            "status: expected an object, got nothing");
  EXPECT_EQ(refusal([](Json& json) { json["state"]["champion"]["size"] = 0; }),
            "state.champion.size: expected an integer from 1 to 268435456, "
            "got 0");
  EXPECT_EQ(refusal([](Json& json) { json["state"]["schema"] = 2; }),
            "state.schema: expected 1, got 2");
}

TEST(RegistryMessagesTest, AStatusNamesVersionsAndAKnownState) {
  const auto refusal = [&](const char* key, const Json& value) {
    Json json = Json::parse(ToJson(Status()));
    json[key] = value;
    return RefusalOf([&] { ParseInstanceStatus(json.dump()); }).message;
  };
  EXPECT_EQ(refusal("champion", "churn"),
            R"(champion: expected MODEL@VERSION, got "churn")");
  EXPECT_EQ(refusal("challengers", {"churn@8", 9}),
            "challengers[1]: expected MODEL@VERSION, got 9");
  EXPECT_EQ(refusal("state", "sleeping"),
            "state: expected verified or active or rejected or rolled_back or "
            R"(gone, got "sleeping")");
  EXPECT_EQ(refusal("instance", "a/b"),
            "instance: expected a name of 1 to 200 letters, digits, '.', '_' "
            R"(or '-', got "a/b")");
}

TEST(RegistryMessagesTest, AMetricIsANumber) {
  Json json = Json::parse(ToJson(Version()));
  json["metrics"]["roc_auc"] = "high";
  EXPECT_EQ(RefusalOf([&] { ParseVersionRecord(json.dump()); }).message,
            R"(metrics."roc_auc": expected a number, got text)");
}

// ---------------------------------------------------------------- random

std::string RandomText(Random& random, std::size_t max, bool any) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "Z",
                                                   "0",
                                                   " ",
                                                   "\"",
                                                   "\\",
                                                   "/",
                                                   "\xC3\xBC",
                                                   "\xE2\x82\xAC",
                                                   "\xF0\x9F\x8C\x8A",
                                                   "{",
                                                   "\n",
                                                   "\t",
                                                   std::string("\0", 1),
                                                   "\x7f"};
  std::string text;
  for (std::size_t n = random.Below(20); n > 0; --n) {
    const std::string& piece = kPieces[random.Below(any ? 15 : 11)];
    if (text.size() + piece.size() <= max) text += piece;
  }
  return text;
}

double RandomNumber(Random& random, double max) {
  switch (random.Below(4)) {
    case 0:
      return 0.0;
    case 1:
      return max;
    case 2:
      return static_cast<double>(random.Below(static_cast<std::size_t>(max)));
    default:
      return random.Uniform() * max;
  }
}

std::optional<double> MaybeNumber(Random& random, double max) {
  if (random.Below(2) == 0) return std::nullopt;
  return RandomNumber(random, max);
}

ArtifactReference RandomArtifact(Random& random, std::uint32_t version) {
  ArtifactReference artifact = Artifact(version, "m-1.x_Y");
  artifact.uri += RandomText(random, 100, false);
  artifact.sha256[random.Below(64)] = "0123456789abcdef"[random.Below(16)];
  artifact.size = 1 + random.Below(256U << 20U);
  artifact.signature = RandomText(random, 100, false);
  artifact.key = RandomText(random, 100, false);
  return artifact;
}

Challenger RandomChallenger(Random& random, std::uint32_t version) {
  Challenger challenger;
  challenger.artifact = RandomArtifact(random, version);
  if (random.Below(2) == 0) return challenger;
  challenger.mode = ChallengerMode::kCanary;
  challenger.percent = RandomNumber(random, 100.0);
  challenger.salt = "s" + RandomText(random, 100, false);
  challenger.by = "b" + RandomText(random, 100, false);
  return challenger;
}

Guardrails RandomGuardrails(Random& random) {
  Guardrails guardrails;
  guardrails.max_error_ratio = MaybeNumber(random, 1.0);
  guardrails.max_p99_ms = MaybeNumber(random, 1e6);
  guardrails.max_score_psi = MaybeNumber(random, 10.0);
  guardrails.max_missing_ratio = MaybeNumber(random, 1.0);
  guardrails.min_events = 1 + random.Below(1'000'000'000);
  guardrails.probation_events = random.Below(1U << 30U);
  guardrails.probation = std::chrono::seconds(random.Below(1'000'000'000));
  guardrails.rolls_back = random.Below(2) == 0;
  return guardrails;
}

RegistryState RandomState(Random& random) {
  RegistryState state;
  state.service = "churn";
  state.sequence = 1 + random.Below(kMaxSequence);
  if (random.Below(4) > 0) {
    state.champion = RandomArtifact(random, 100);
    for (std::size_t n = random.Below(17), i = 0; i < n; ++i) {
      state.challengers.push_back(
          RandomChallenger(random, static_cast<std::uint32_t>(1 + i)));
    }
  }
  if (random.Below(2) == 0) state.previous = RandomArtifact(random, 4294967295);
  if (random.Below(2) == 0) state.guardrails = RandomGuardrails(random);
  state.reason = RandomText(random, 1024, true);
  state.issued_by = RandomText(random, 256, false);
  state.issued_at = RandomText(random, 256, false);
  return state;
}

TEST(RegistryMessagesTest, RandomStatesSurviveTheWayThereAndBack) {
  Random random(4);
  for (int i = 0; i < 2'000; ++i) {
    const RegistryState state = RandomState(random);
    const auto parsed = ParseRegistryState(ToJson(state), "churn");
    ASSERT_EQ(parsed.message, state) << ToJson(state);
    ASSERT_EQ(parsed.unknown_keys, 0U);
  }
}

std::string Mutated(std::string bytes, Random& random) {
  for (std::size_t n = 1 + random.Below(4); n > 0 && !bytes.empty(); --n) {
    const std::size_t at = random.Below(bytes.size());
    switch (random.Below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.Below(256));
        break;
      case 1:
        if (random.Below(4) == 0) bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, 1, "{}[]\",:0e-\\\0\xFF"[random.Below(13)]);
        break;
      default:
        bytes.erase(at, 1 + random.Below(8));
    }
  }
  return bytes;
}

/// Whether it parsed; fails on anything but a message or a MessageError.
template <typename Parse>
bool Survives(Parse parse) {
  try {
    parse();
    return true;
  } catch (const MessageError& error) {
    EXPECT_LE(std::string_view(error.what()).size(), 300U);
    return false;
  }
}

TEST(RegistryMessagesTest, DamagedMessagesAreReadOrRefused) {
  AuditRecord audit;
  audit.verb = "rollback";
  audit.state = FullState();
  audit.evidence = Evidence();
  const std::array<std::string, 4> good = {
      ToJson(FullState()), ToJson(Version()), ToJson(Status()), ToJson(audit)};
  Random random(99);
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes =
        Mutated(good[static_cast<std::size_t>(i) % 4], random);
    parsed += Survives([&] { ParseRegistryState(bytes, "churn"); });
    parsed += Survives([&] { ParseVersionRecord(bytes); });
    parsed += Survives([&] { ParseInstanceStatus(bytes); });
    parsed += Survives([&] { ParseAuditRecord(bytes); });
  }
  // The damage is small enough to matter: some messages are still read.
  EXPECT_GT(parsed, 100);
  EXPECT_LT(parsed, 20'000);
}

// ------------------------------------------------------------- the page

/// The first ```json block below a heading of docs/rollout.md.
Json Documented(const std::string& heading) {
  std::ifstream file(TIDEMILL_SOURCE_DIR "/docs/rollout.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::size_t from = page.find("\n### " + heading + "\n");
  if (from == std::string::npos) return "no heading " + heading;
  const std::size_t begin = page.find("```json\n", from) + 8;
  return Json::parse(page.substr(begin, page.find("```", begin) - begin));
}

TEST(RegistryMessagesTest, TheExamplesOfThePageAreWhatIsWritten) {
  const Json state = Documented("Desired state");
  EXPECT_EQ(ToJson(ReadState(state.dump())), state.dump());
  const Json version = Documented("Version record");
  EXPECT_EQ(ToJson(ParseVersionRecord(version.dump()).message), version.dump());
  const Json status = Documented("Status");
  EXPECT_EQ(ToJson(ParseInstanceStatus(status.dump()).message), status.dump());
  const Json audit = Documented("Audit record");
  EXPECT_EQ(ToJson(ParseAuditRecord(audit.dump()).message), audit.dump());
}

}  // namespace
}  // namespace tidemill
