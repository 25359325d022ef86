#include "tidemill/rollout/registry_change.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"
#include "tidemill/core/random.h"
#include "tidemill/wire/registry_messages.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

class FixedClock final : public Clock {
 public:
  WallTime Now() const override {
    return WallTime(std::chrono::microseconds(1'000'000));
  }
  SteadyTime Steady() const override { return {}; }
};
constexpr const char* kNow = "1970-01-01T00:00:01.000000Z";

/// The committed records of all topics, and who may write next.
struct FakeLog {
  std::vector<LogRecord> records;
  std::uint64_t epoch = 0;
  bool fences = true;

  void Append(const LogWrite& write) {
    records.push_back({.topic = write.topic,
                       .key = write.key,
                       .value = write.value,
                       .offset = static_cast<std::int64_t>(records.size()),
                       .timestamp_ms = 0});
  }
};

/// Called before every step of a reader or writer; may throw.
using Hook = std::function<void()>;

class FakeWriter final : public LogWriter {
 public:
  explicit FakeWriter(
      FakeLog& log, Hook hook = [] {})
      : log_(log), hook_(std::move(hook)) {}

  void Begin() override {
    hook_();
    epoch_ = ++log_.epoch;
  }

  void Write(std::span<const LogWrite> records) override {
    hook_();
    if (log_.fences && epoch_ != log_.epoch) {
      throw TryAgainError("another writer has begun");
    }
    for (const LogWrite& record : records) log_.Append(record);
    hook_();
  }

 private:
  FakeLog& log_;
  Hook hook_;
  std::uint64_t epoch_ = 0;
};

/// Its end is what the log had at the first Poll().
class FakeReader final : public LogReader {
 public:
  explicit FakeReader(
      const FakeLog& log, Hook hook = [] {}, std::size_t page = 2)
      : log_(log), hook_(std::move(hook)), page_(page) {}

  std::vector<LogRecord> Poll(std::chrono::milliseconds /*timeout*/) override {
    hook_();
    if (!polled_) end_ = log_.records.size();
    polled_ = true;
    std::vector<LogRecord> records;
    while (next_ < log_.records.size() && records.size() < page_) {
      records.push_back(log_.records[next_++]);
    }
    return records;
  }

  bool at_end() const override { return polled_ && next_ >= end_; }

 private:
  const FakeLog& log_;
  Hook hook_;
  std::size_t page_;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  bool polled_ = false;
};

class EndlessReader final : public LogReader {
 public:
  std::vector<LogRecord> Poll(std::chrono::milliseconds /*timeout*/) override {
    ++polls;
    return {};
  }
  bool at_end() const override { return false; }
  int polls = 0;
};

ArtifactReference Artifact(std::uint32_t version, char digit = 'a') {
  return {.model = {.model = "churn", .version = version},
          .uri = "file:x.bin",
          .sha256 = std::string(64, digit),
          .size = 10,
          .signature = {},
          .key = {}};
}

RegistryState State(std::uint64_t sequence, std::uint32_t version) {
  RegistryState state;
  state.service = "churn";
  state.sequence = sequence;
  state.champion = Artifact(version);
  return state;
}

VersionRecord Version(std::uint32_t version, char digit = 'a') {
  VersionRecord record;
  record.service = "churn";
  record.artifact = Artifact(version, digit);
  return record;
}

LogWrite StateWrite(const RegistryState& state) {
  return {.topic = "r", .key = state.service, .value = ToJson(state)};
}

LogWrite VersionWrite(const VersionRecord& record) {
  return {.topic = "r",
          .key = ToText(record.artifact.model),
          .value = ToJson(record)};
}

ChangeRequest Request() {
  ChangeRequest request;
  request.topics = RegistryTopics::Of("r");
  request.service = "churn";
  request.verb = "deploy";
  request.subject = "churn@1";
  request.reason = "because";
  request.issued_by = "ana";
  return request;
}

/// Deploys the version after the champion's.
RegistryState DeployNext(const RegistryView& view) {
  const RegistryState now = view.state.value_or(RegistryState{});
  return Deploy(now,
                Artifact(now.champion ? now.champion->model.version + 1 : 1));
}

RegistryState Change(FakeLog& log, const ChangeRequest& request,
                     const StateChange& change = DeployNext) {
  FakeWriter writer(log);
  FakeReader reader(log);
  return ChangeState(writer, reader, request, change, FixedClock());
}

VersionRecord Add(FakeLog& log, const VersionChange& make) {
  FakeWriter writer(log);
  FakeReader reader(log);
  ChangeRequest request = Request();
  request.verb = "add";
  request.subject.clear();
  return AddVersion(writer, reader, request, make, FixedClock());
}

RegistryView View(const FakeLog& log) {
  FakeReader reader(log);
  return ReadView(reader, RegistryTopics::Of("r"), "churn",
                  std::chrono::milliseconds(1000));
}

/// What AddToView() makes of records one after another.
RegistryView ViewOf(const std::vector<LogWrite>& writes) {
  FakeLog log;
  for (const LogWrite& write : writes) log.Append(write);
  return View(log);
}

// ------------------------------------------------------------ AddToView

TEST(RegistryChangeTest, TheHighestSequenceIsTheState) {
  const RegistryView view =
      ViewOf({StateWrite(State(3, 1)), StateWrite(State(7, 2)),
              StateWrite(State(5, 3))});
  EXPECT_EQ(view.state, State(7, 2));
  EXPECT_EQ(view.sequence(), 7U);
  EXPECT_EQ(view.bad_messages, 1U);
}

TEST(RegistryChangeTest, AReplayedStateIsNoBadMessage) {
  const RegistryView view =
      ViewOf({StateWrite(State(3, 1)), StateWrite(State(3, 1))});
  EXPECT_EQ(view.bad_messages, 0U);
  const RegistryView other =
      ViewOf({StateWrite(State(3, 1)), StateWrite(State(3, 2))});
  EXPECT_EQ(other.state, State(3, 1));
  EXPECT_EQ(other.bad_messages, 1U);
}

TEST(RegistryChangeTest, AnEmptyTopicHasSequenceZero) {
  const RegistryView view = ViewOf({});
  EXPECT_EQ(view.state, std::nullopt);
  EXPECT_EQ(view.sequence(), 0U);
}

TEST(RegistryChangeTest, GarbageIsCountedAndChangesNothing) {
  RegistryState taxi = State(9, 9);
  taxi.service = "taxi";
  std::vector<LogWrite> writes = {
      StateWrite(State(3, 1)),
      {.topic = "r", .key = "churn", .value = "not JSON"},
      {.topic = "r", .key = "churn", .value = ""},
      {.topic = "r", .key = "churn", .value = ToJson(taxi)},
      {.topic = "r", .key = "churn", .value = std::string(70'000, ' ')},
      {.topic = "r", .key = "churn@1", .value = "{}"},
      {.topic = "r", .key = "churn@2", .value = ToJson(Version(3))}};
  const RegistryView view = ViewOf(writes);
  EXPECT_EQ(view.state, State(3, 1));
  EXPECT_THAT(view.versions, IsEmpty());
  EXPECT_EQ(view.bad_messages, 6U);
}

TEST(RegistryChangeTest, ADeletedKeyChangesNothing) {
  RegistryView view;
  AddToView({.topic = "r",
             .key = "churn",
             .value = ToJson(State(3, 1)),
             .offset = 0,
             .timestamp_ms = 0},
            "churn", view);
  for (const char* key : {"churn", "churn@1"}) {
    AddToView({.topic = "r",
               .key = key,
               .value = std::nullopt,
               .offset = 1,
               .timestamp_ms = 0},
              "churn", view);
  }
  EXPECT_EQ(view.state, State(3, 1));
  EXPECT_EQ(view.bad_messages, 2U);
}

TEST(RegistryChangeTest, OtherKeysAndTopicsAreNotOurs) {
  RegistryView view = ViewOf(
      {{.topic = "r", .key = "taxi", .value = "not ours to read"},
       {.topic = "r", .key = "", .value = "x"},
       {.topic = "r.status", .key = "churn", .value = ToJson(State(8, 1))},
       {.topic = "r.audit", .key = "churn@1", .value = ToJson(Version(1))}});
  AddToView({.topic = "r",
             .key = std::nullopt,
             .value = "x",
             .offset = 0,
             .timestamp_ms = 0},
            "churn", view);
  EXPECT_EQ(view.state, std::nullopt);
  EXPECT_THAT(view.versions, IsEmpty());
  EXPECT_EQ(view.bad_messages, 0U);
}

TEST(RegistryChangeTest, AVersionIsImmutable) {
  VersionRecord again = Version(1, 'a');
  again.created_by = "bob";
  const RegistryView view =
      ViewOf({VersionWrite(Version(1, 'a')), VersionWrite(Version(2, 'b')),
              VersionWrite(Version(1, 'c')), VersionWrite(again)});
  ASSERT_EQ(view.versions.size(), 2U);
  EXPECT_EQ(view.versions.at({"churn", 1}), Version(1, 'a'));
  EXPECT_EQ(view.bad_messages, 1U);
}

TEST(RegistryChangeTest, AReaderThatNeverEndsIsGivenUp) {
  EndlessReader reader;
  EXPECT_EQ(ThrownMessage<UnavailableError>([&] {
              ReadView(reader, RegistryTopics::Of("r"), "churn",
                       std::chrono::milliseconds(0));
            }),
            "topic r: expected its end within 0 ms, got more to read");
  EXPECT_GE(reader.polls, 1);
}

// ----------------------------------------------------------- ChangeState

TEST(RegistryChangeTest, AChangeWritesStateAndAudit) {
  FakeLog log;
  const RegistryState written = Change(log, Request());
  EXPECT_EQ(written.service, "churn");
  EXPECT_EQ(written.sequence, 1U);
  EXPECT_EQ(written.champion, Artifact(1));
  EXPECT_EQ(written.reason, "because");
  EXPECT_EQ(written.issued_by, "ana");
  EXPECT_EQ(written.issued_at, kNow);

  ASSERT_EQ(log.records.size(), 2U);
  EXPECT_EQ(log.records[0].topic, "r");
  EXPECT_EQ(log.records[0].key, "churn");
  EXPECT_EQ(log.records[0].value, ToJson(written));
  EXPECT_EQ(log.records[1].topic, "r.audit");
  EXPECT_EQ(log.records[1].key, "churn");
  AuditRecord audit;
  audit.verb = "deploy";
  audit.subject = "churn@1";
  audit.state = written;
  EXPECT_EQ(ParseAuditRecord(*log.records[1].value).message, audit);
}

TEST(RegistryChangeTest, AChangeIsMadeOfTheLastState) {
  FakeLog log;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const RegistryState written = Change(log, Request());
    EXPECT_EQ(written.sequence, i);
    EXPECT_EQ(written.champion->model.version, i);
  }
  EXPECT_EQ(View(log).state->previous, Artifact(4));
}

TEST(RegistryChangeTest, EvidenceGoesIntoTheAuditRecord) {
  FakeLog log;
  ChangeRequest request = Request();
  request.evidence = GuardrailEvidence{.rule = "max_p99_ms",
                                       .version = "churn@8",
                                       .variant = "canary",
                                       .instance = "scorer-0",
                                       .limit = 20.0,
                                       .found = 35.5,
                                       .events = 1000,
                                       .reference_events = 0};
  Change(log, request);
  EXPECT_EQ(ParseAuditRecord(*log.records[1].value).message.evidence,
            request.evidence);
}

TEST(RegistryChangeTest, AnUnexpectedSequenceIsAConflict) {
  FakeLog log;
  Change(log, Request());
  ChangeRequest request = Request();
  request.expect = 0;
  EXPECT_EQ(ThrownMessage<TryAgainError>([&] { Change(log, request); }),
            "registry of churn: expected sequence 0, got 1");
  EXPECT_EQ(log.records.size(), 2U);
  request.expect = 1;
  EXPECT_EQ(Change(log, request).sequence, 2U);
}

TEST(RegistryChangeTest, ARefusedChangeWritesNothing) {
  FakeLog log;
  EXPECT_EQ(ThrownMessage<AnswerIsNo>([&] {
              Change(log, Request(), [](const RegistryView& view) {
                return Rollback(view.state.value_or(RegistryState{}));
              });
            }),
            "rollback: expected a previous version to go back to, got none");
  EXPECT_THAT(log.records, IsEmpty());
}

TEST(RegistryChangeTest, WhatNoInstanceCouldReadIsNotWritten) {
  FakeLog log;
  ChangeRequest request = Request();
  request.reason = std::string(2000, 'x');
  EXPECT_EQ(ThrownMessage<AnswerIsNo>([&] { Change(log, request); }),
            "deploy: this cannot be published: reason: expected text of at "
            "most 1024 bytes, got 2000");
  request = Request();
  request.subject = "the new one";
  EXPECT_THAT(ThrownMessage<AnswerIsNo>([&] { Change(log, request); }),
              HasSubstr("subject: expected MODEL@VERSION"));
  EXPECT_THAT(log.records, IsEmpty());
}

TEST(RegistryChangeTest, TheAnswerIsWhatWasWrittenEvenWhereItWasMended) {
  FakeLog log;
  ChangeRequest request = Request();
  request.reason = "caf\xE9";
  const RegistryState written = Change(log, request);
  EXPECT_EQ(written.reason, "caf\xEF\xBF\xBD");
  EXPECT_EQ(View(log).state, written);
}

TEST(RegistryChangeTest, AfterTheLastSequenceNothingFollows) {
  FakeLog log;
  log.Append(StateWrite(State(kMaxSequence, 1)));
  EXPECT_THAT(ThrownMessage<AnswerIsNo>([&] { Change(log, Request()); }),
              HasSubstr("a sequence below 9007199254740992"));
  EXPECT_EQ(log.records.size(), 1U);
}

TEST(RegistryChangeTest, GarbageDoesNotStopAChange) {
  FakeLog log;
  log.Append(StateWrite(State(3, 1)));
  log.Append({.topic = "r", .key = "churn", .value = "garbage"});
  EXPECT_EQ(Change(log, Request()).sequence, 4U);
}

TEST(RegistryChangeTest, AWriterThatWasFencedWritesNothing) {
  FakeLog log;
  EXPECT_THROW(Change(log, Request(),
                      [&](const RegistryView& view) {
                        Change(log, Request());  // the other one is faster
                        return DeployNext(view);
                      }),
               TryAgainError);
  EXPECT_EQ(View(log).sequence(), 1U);
  EXPECT_EQ(log.records.size(), 2U);
}

TEST(RegistryChangeTest, AWriterKilledAfterItsBeginLeavesNothingBehind) {
  FakeLog log;
  Change(log, Request());
  FakeWriter killed(log);
  killed.Begin();
  EXPECT_EQ(Change(log, Request()).sequence, 2U);
  EXPECT_EQ(log.records.size(), 4U);
}

// ------------------------------------------------------------ AddVersion

TEST(RegistryChangeTest, AVersionIsAddedUnderItsOwnKey) {
  FakeLog log;
  const VersionRecord added = Add(log, [](const RegistryView& view) {
    return Version(NextVersion(view, "churn"));
  });
  EXPECT_EQ(added.service, "churn");
  EXPECT_EQ(added.created, kNow);
  EXPECT_EQ(added.created_by, "ana");
  ASSERT_EQ(log.records.size(), 2U);
  EXPECT_EQ(log.records[0].key, "churn@1");
  EXPECT_EQ(log.records[0].value, ToJson(added));
  AuditRecord audit;
  audit.verb = "add";
  audit.subject = "churn@1";
  audit.added = added;
  EXPECT_EQ(ParseAuditRecord(*log.records[1].value).message, audit);
  EXPECT_EQ(View(log).versions.at({"churn", 1}), added);
}

TEST(RegistryChangeTest, ATimeThatWasSignedStays) {
  FakeLog log;
  VersionRecord record = Version(1);
  record.created = "2026-11-21T09:00:00Z";
  EXPECT_EQ(Add(log, [&](const RegistryView&) { return record; }).created,
            record.created);
}

TEST(RegistryChangeTest, TheSameArtifactAgainIsTheVersionItHas) {
  FakeLog log;
  const VersionRecord first =
      Add(log, [](const RegistryView&) { return Version(1); });
  VersionRecord again = Version(1);
  again.run = "another";
  EXPECT_EQ(Add(log, [&](const RegistryView&) { return again; }), first);
  EXPECT_EQ(log.records.size(), 2U);
}

TEST(RegistryChangeTest, ASecondArtifactUnderATakenVersionIsRefused) {
  FakeLog log;
  Add(log, [](const RegistryView&) { return Version(1, 'a'); });
  EXPECT_EQ(ThrownMessage<AnswerIsNo>([&] {
              Add(log, [](const RegistryView&) { return Version(1, 'b'); });
            }),
            "churn@1: expected the artifact it has, " + std::string(64, 'a') +
                ", got " + std::string(64, 'b'));
  EXPECT_EQ(log.records.size(), 2U);
}

TEST(RegistryChangeTest, AddingAVersionLeavesTheStateAlone) {
  FakeLog log;
  Change(log, Request());
  Add(log, [](const RegistryView&) { return Version(9); });
  EXPECT_EQ(View(log).sequence(), 1U);
  EXPECT_EQ(View(log).bad_messages, 0U);
}

// ------------------------------------------------- four writers at once

/// Lets one of several threads run at a time; who is next is drawn whenever
/// one asks, so that a seed gives one order of all steps.
class Turns {
 public:
  Turns(std::uint64_t seed, std::size_t threads) : random_(seed) {
    for (std::size_t i = 0; i < threads; ++i) waiting_.push_back(i);
    Draw();
  }

  void Await(std::size_t self) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == self; });
  }

  void Step(std::size_t self) {
    {
      const std::lock_guard lock(mutex_);
      Draw();
    }
    changed_.notify_all();
    Await(self);
  }

  void Leave(std::size_t self) {
    {
      const std::lock_guard lock(mutex_);
      std::erase(waiting_, self);
      if (!waiting_.empty()) Draw();
    }
    changed_.notify_all();
  }

  /// For the one whose turn it is.
  Random& random() { return random_; }

 private:
  void Draw() { turn_ = waiting_[random_.Below(waiting_.size())]; }

  std::mutex mutex_;
  std::condition_variable changed_;
  Random random_;
  std::vector<std::size_t> waiting_;
  std::size_t turn_ = 0;
};

struct Killed {};

/// What became of every attempt; each has a reason of its own.
struct Outcome {
  std::set<std::string> done;
  std::set<std::string> killed;  ///< who can tell whether it was made
  int conflicts = 0;
};

/// Makes `changes` changes, trying each until it is made. One step in sixteen
/// kills the attempt.
void RunWriter(FakeLog& log, Turns& turns, std::size_t self, int changes,
               Outcome& outcome) {
  turns.Await(self);
  int attempt = 0;
  while (changes > 0) {
    const Hook hook = [&] {
      turns.Step(self);
      if (turns.random().Below(16) == 0) throw Killed();
    };
    FakeWriter writer(log, hook);
    FakeReader reader(log, hook, 4096);
    ChangeRequest request = Request();
    request.reason = std::to_string(self) + "/" + std::to_string(attempt++);
    try {
      ChangeState(writer, reader, request, DeployNext, FixedClock());
      outcome.done.insert(request.reason);
      --changes;
    } catch (const TryAgainError&) {
      ++outcome.conflicts;
    } catch (const Killed&) {
      outcome.killed.insert(request.reason);
    }
  }
  turns.Leave(self);
}

Outcome RunFourWriters(FakeLog& log, std::uint64_t seed, int changes) {
  constexpr std::size_t kWriters = 4;
  Turns turns(seed, kWriters);
  Outcome outcome;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kWriters; ++i) {
    threads.emplace_back(
        [&, i] { RunWriter(log, turns, i, changes, outcome); });
  }
  for (std::thread& thread : threads) thread.join();
  return outcome;
}

std::vector<RegistryState> StatesOf(const FakeLog& log) {
  std::vector<RegistryState> states;
  for (const LogRecord& record : log.records) {
    if (record.topic != "r") continue;
    states.push_back(ParseRegistryState(*record.value, "churn").message);
  }
  return states;
}

TEST(RegistryChangeTest, FourWritersWithKillsLoseNoUpdate) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    FakeLog log;
    const Outcome outcome = RunFourWriters(log, seed, 10);
    EXPECT_GT(outcome.conflicts, 0);
    EXPECT_FALSE(outcome.killed.empty());
    const std::vector<RegistryState> states = StatesOf(log);
    EXPECT_EQ(log.records.size(), 2 * states.size());  // with audit records
    std::set<std::string> reasons;
    for (std::size_t i = 0; i < states.size(); ++i) {
      EXPECT_EQ(states[i].sequence, i + 1);
      // Each was made of the one before.
      EXPECT_EQ(states[i].champion->model.version, i + 1);
      EXPECT_TRUE(reasons.insert(states[i].reason).second);
    }
    EXPECT_EQ(outcome.done.size(), 40U);
    EXPECT_THAT(reasons, IsSupersetOf(outcome.done));
    for (const std::string& reason : reasons) {
      EXPECT_EQ(outcome.done.count(reason) + outcome.killed.count(reason), 1U);
    }
  }
}

TEST(RegistryChangeTest, WithoutFencingTheSameRunLosesUpdates) {
  FakeLog log;
  log.fences = false;
  RunFourWriters(log, 1, 10);
  EXPECT_LT(View(log).sequence(), StatesOf(log).size());
}

}  // namespace
}  // namespace tidemill
