#include "tidemill/kafka/kafka_source.h"

#include <numeric>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/mock_kafka.h"
#include "tidemill/kafka/kafka_sink.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

/// Writes records to one topic and waits until they are there.
class Writer {
 public:
  Writer(const MockBroker& broker, const std::string& topic)
      : sink_(SettingsFor(broker.bootstrap(), ""), nullptr, {}),
        topic_(sink_.OpenTopic(topic)) {}

  void Write(OutRecord record) { Write(record, 1); }

  void Write(OutRecord record, std::size_t times) {
    record.topic = topic_;
    for (std::size_t i = 0; i < times; ++i) {
      ASSERT_EQ(sink_.Produce(record), ProduceResult::kQueued);
    }
    std::size_t delivered = 0;
    ASSERT_TRUE(Eventually([&] {
      delivered += sink_.Poll(milliseconds{20}).size();
      return delivered == times;
    }));
  }

 private:
  KafkaSink sink_;
  int topic_;
};

OutRecord To(std::int32_t partition, std::string_view value = "value") {
  OutRecord record;
  record.partition = partition;
  record.value = value;
  return record;
}

/// Offsets of one partition in the order they come, until there are `count`.
std::vector<std::int64_t> ReadOffsets(KafkaSource& source,
                                      std::int32_t partition, std::size_t count,
                                      std::size_t max = 100) {
  std::vector<std::int64_t> offsets;
  EXPECT_TRUE(Eventually([&] {
    const auto batch = source.Poll(milliseconds{20}, max);
    EXPECT_LE(batch.size(), max);
    for (const Record& record : batch) {
      if (record.partition == partition) {
        offsets.push_back(record.offset);
      }
    }
    return offsets.size() >= count;
  }));
  return offsets;
}

std::vector<std::int64_t> Range(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> range(static_cast<std::size_t>(to - from));
  std::iota(range.begin(), range.end(), from);
  return range;
}

Position At(std::int32_t partition, std::int64_t offset) {
  return {.where = {.topic = "events", .partition = partition},
          .offset = offset};
}

/// The mock lets a group's first member wait for 3 s, so all tests here share
/// one that has joined; each has a partition to itself.
class KafkaSourceTest : public ::testing::Test {
 protected:
  static constexpr std::int32_t kNumPartitions = 9;

  static void SetUpTestSuite() {
    broker_ = new MockBroker;
    broker_->CreateTopic("events", kNumPartitions);
    writer_ = new Writer(*broker_, "events");
    listener_ = new CountingListener;
    source_ =
        new KafkaSource(SettingsFor(broker_->bootstrap(), "g"), "events", {});
    source_->Subscribe(*listener_);
    ASSERT_TRUE(Eventually([] {
      source_->Poll(milliseconds{20}, 1);
      return listener_->assigned == kNumPartitions;
    }));
  }

  static void TearDownTestSuite() {
    source_->Close();
    EXPECT_EQ(listener_->revoked, kNumPartitions);
    delete source_;
    delete listener_;
    delete writer_;
    delete broker_;
  }

  static inline MockBroker* broker_ = nullptr;
  static inline Writer* writer_ = nullptr;
  static inline CountingListener* listener_ = nullptr;
  static inline KafkaSource* source_ = nullptr;
};

TEST_F(KafkaSourceTest, ReadsARecordAsItWasWritten) {
  const Header headers[] = {{.name = "tidemill.source", .value = "in/0/1"},
                            {.name = "empty", .value = ""},
                            {.name = "null", .value = std::nullopt}};
  OutRecord written = To(0, "value");
  written.key = "key";
  written.headers = headers;
  written.timestamp_ms = 1'700'000'000'123;
  writer_->Write(written);

  std::span<const Record> batch;
  ASSERT_TRUE(Eventually([&] {
    batch = source_->Poll(milliseconds{20}, 10);
    return !batch.empty();
  }));
  ASSERT_THAT(batch, SizeIs(1));
  const Record& read = batch[0];
  EXPECT_EQ(read.topic, "events");
  EXPECT_EQ(read.partition, 0);
  EXPECT_EQ(read.offset, 0);
  EXPECT_EQ(read.timestamp_ms, 1'700'000'000'123);
  EXPECT_EQ(read.key, "key");
  EXPECT_EQ(read.value, "value");
  ASSERT_THAT(read.headers, SizeIs(3));
  EXPECT_EQ(read.headers[0].name, "tidemill.source");
  EXPECT_EQ(read.headers[0].value, "in/0/1");
  EXPECT_THAT(read.headers[1].value, Optional(IsEmpty()));
  EXPECT_EQ(read.headers[2].value, std::nullopt);
}

TEST_F(KafkaSourceTest, TellsNothingFromEmpty) {
  OutRecord nothing = To(1);
  nothing.value = std::nullopt;
  OutRecord empty = To(1, "");
  empty.key = std::string_view();
  writer_->Write(nothing);
  writer_->Write(empty);

  std::vector<bool> has_key;
  std::vector<bool> has_value;
  ASSERT_TRUE(Eventually([&] {
    for (const Record& record : source_->Poll(milliseconds{20}, 10)) {
      has_key.push_back(record.key.has_value());
      has_value.push_back(record.value.has_value());
    }
    return has_key.size() == 2;
  }));
  EXPECT_THAT(has_key, ElementsAre(false, true));
  EXPECT_THAT(has_value, ElementsAre(false, true));
}

TEST_F(KafkaSourceTest, DoesNotHoldALoneRecordBack) {
  writer_->Write(To(2));
  std::size_t count = 0;
  const auto took =
      TimeOf([&] { count = source_->Poll(kPatience, 100).size(); });
  EXPECT_EQ(count, 1);
  EXPECT_LT(took, kPatience / 2);
}

TEST_F(KafkaSourceTest, TakesNoMoreThanAsked) {
  writer_->Write(To(3), 10);
  EXPECT_EQ(ReadOffsets(*source_, 3, 10, /*max=*/3), Range(0, 10));
}

TEST_F(KafkaSourceTest, RewindReadsAgainWhatWasFetchedAhead) {
  writer_->Write(To(4), 1000);
  const auto first = ReadOffsets(*source_, 4, 10, /*max=*/10);
  ASSERT_EQ(first.front(), 0);
  source_->Rewind(std::vector{At(4, 5)});
  EXPECT_EQ(ReadOffsets(*source_, 4, 995), Range(5, 1000));
}

TEST_F(KafkaSourceTest, GoesOnWhereItWasAfterAPause) {
  writer_->Write(To(5), 100);
  const auto first = ReadOffsets(*source_, 5, 10, /*max=*/10);
  source_->Pause();
  EXPECT_THAT(source_->Poll(milliseconds{200}, 100), IsEmpty());
  source_->Resume();
  const auto next = static_cast<std::int64_t>(first.size());
  EXPECT_EQ(ReadOffsets(*source_, 5, 100 - first.size()), Range(next, 100));
}

TEST_F(KafkaSourceTest, ARewindOutlivesAPause) {
  writer_->Write(To(6), 3);
  ReadOffsets(*source_, 6, 3);
  source_->Rewind(std::vector{At(6, 1)});
  source_->Pause();
  EXPECT_THAT(source_->Poll(milliseconds{50}, 100), IsEmpty());
  source_->Resume();
  EXPECT_EQ(ReadOffsets(*source_, 6, 2), Range(1, 3));
}

TEST_F(KafkaSourceTest, KnowsTheEndOfWhatItReads) {
  writer_->Write(To(7), 4);
  ReadOffsets(*source_, 7, 4);
  std::int64_t end = 0;
  for (const PartitionLag& lag : source_->Lag()) {
    EXPECT_GE(lag.high_watermark, 0);
    if (lag.where == TopicPartition{"events", 7}) {
      end = lag.high_watermark;
    }
  }
  EXPECT_EQ(end, 4);
  EXPECT_EQ(source_->NumPartitions(), kNumPartitions);
}

TEST_F(KafkaSourceTest, CommitsForTheSink) {
  KafkaSink sink(SettingsFor(broker_->bootstrap(), "g"), source_, {});
  EXPECT_EQ(sink.Commit({}, CommitMode::kWait), CommitResult::kCommitted);
  EXPECT_EQ(sink.Commit(std::vector{At(8, 0)}, CommitMode::kWait),
            CommitResult::kCommitted);
  EXPECT_EQ(sink.Commit(std::vector{At(8, 0)}, CommitMode::kBackground),
            CommitResult::kCommitted);
}

class CommittingListener : public CountingListener {
 public:
  void OnRevoked(std::span<const TopicPartition> partitions) override {
    CountingListener::OnRevoked(partitions);
    result = source->Commit(std::vector{At(0, 2)}, CommitMode::kWait);
  }
  KafkaSource* source = nullptr;
  CommitResult result = CommitResult::kFatal;
};

class RewindingListener : public CountingListener {
 public:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    CountingListener::OnAssigned(partitions);
    source->Rewind(std::vector{At(0, 1)});
  }
  KafkaSource* source = nullptr;
};

class ThrowingListener : public CountingListener {
 public:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    CountingListener::OnAssigned(partitions);
    throw std::runtime_error("no model yet");
  }
};

/// A group for each test, all joined at once for the mock's 3 s. They have
/// joined paused, with three records waiting.
class KafkaGroupTest : public ::testing::Test {
 protected:
  template <typename Listener>
  struct Member {
    Member(const MockBroker& broker, const std::string& group)
        : source(SettingsOf(broker, group), "events", {}) {
      source.Pause();
    }
    Listener listener;
    KafkaSource source;
  };

  /// Before any client asks: the mock would make it with 4 partitions.
  struct BrokerWithTopic : MockBroker {
    BrokerWithTopic() { CreateTopic("events", 1); }
  };

  struct Members {
    BrokerWithTopic broker;
    Member<CountingListener> paused{broker, "paused"};
    Member<CommittingListener> committing{broker, "committing"};
    Member<RewindingListener> rewinding{broker, "rewinding"};
    Member<ThrowingListener> throwing{broker, "throwing"};
    std::size_t records = 0;
    std::string thrown;
  };

  /// The mock's later rebalances take a session timeout less a second.
  static KafkaSettings SettingsOf(const MockBroker& broker,
                                  const std::string& group) {
    KafkaSettings settings = SettingsFor(broker.bootstrap(), group);
    settings.consumer = {{"session.timeout.ms", "5000"},
                         {"heartbeat.interval.ms", "500"}};
    return settings;
  }

  static void SetUpTestSuite() {
    members_ = new Members;
    Writer(members_->broker, "events").Write(To(0), 3);
    members_->committing.listener.source = &members_->committing.source;
    members_->rewinding.listener.source = &members_->rewinding.source;
    members_->paused.source.Subscribe(members_->paused.listener);
    members_->committing.source.Subscribe(members_->committing.listener);
    members_->rewinding.source.Subscribe(members_->rewinding.listener);
    members_->throwing.source.Subscribe(members_->throwing.listener);
    ASSERT_TRUE(Eventually([] {
      Serve(members_->paused);
      Serve(members_->committing);
      Serve(members_->rewinding);
      Serve(members_->throwing);
      return members_->paused.listener.assigned == 1 &&
             members_->committing.listener.assigned == 1 &&
             members_->rewinding.listener.assigned == 1 &&
             members_->throwing.listener.assigned == 1;
    }));
  }

  static void TearDownTestSuite() { delete members_; }

  template <typename Listener>
  static void Serve(Member<Listener>& member) {
    try {
      members_->records += member.source.Poll(milliseconds{5}, 1).size();
    } catch (const std::runtime_error& error) {
      members_->thrown = error.what();
    }
  }

  static inline Members* members_ = nullptr;
};

TEST_F(KafkaGroupTest, PausesPartitionsThatComeLater) {
  KafkaSource& source = members_->paused.source;
  EXPECT_THAT(source.Poll(milliseconds{200}, 1), IsEmpty());
  EXPECT_EQ(members_->records, 0);
  source.Resume();
  EXPECT_EQ(ReadOffsets(source, 0, 3), Range(0, 3));
}

TEST_F(KafkaGroupTest, RewindsAPartitionThatHasJustCome) {
  members_->rewinding.source.Resume();
  EXPECT_EQ(ReadOffsets(members_->rewinding.source, 0, 2), Range(1, 3));
}

TEST_F(KafkaGroupTest, WhatTheListenerThrowsComesOutOfPoll) {
  EXPECT_EQ(members_->thrown, "no model yet");
  members_->throwing.source.Close();
  EXPECT_EQ(members_->throwing.listener.revoked, 1);
}

TEST_F(KafkaGroupTest, ASuccessorStartsAtWhatOnRevokedCommitted) {
  auto& [listener, source] = members_->committing;
  source.Resume();
  ASSERT_EQ(ReadOffsets(source, 0, 3), Range(0, 3));
  source.Close();
  EXPECT_EQ(listener.revoked, 1);
  EXPECT_EQ(listener.result, CommitResult::kCommitted);

  CountingListener next;
  KafkaSource successor(SettingsOf(members_->broker, "committing"), "events",
                        {});
  successor.Subscribe(next);
  EXPECT_EQ(ReadOffsets(successor, 0, 1), Range(2, 3));
}

class KafkaCloseTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Assignors, KafkaCloseTest,
                         ::testing::Values("range", "cooperative-sticky"),
                         [](const auto& assignor) {
                           return assignor.index == 0 ? "eager" : "cooperative";
                         });

TEST_P(KafkaCloseTest, EndsBeforeAnAssignment) {
  MockBroker broker;
  broker.CreateTopic("events", 1);
  KafkaSettings settings = SettingsFor(broker.bootstrap(), "g");
  settings.consumer = {{"partition.assignment.strategy", GetParam()}};
  CountingListener listener;
  KafkaSource source(settings, "events", {});
  source.Subscribe(listener);
  source.Poll(milliseconds{200}, 1);
  EXPECT_LT(TimeOf([&] { source.Close(); }), seconds{9});
  EXPECT_EQ(listener.assigned, 0);
  EXPECT_EQ(listener.revoked, 0);
}

TEST_P(KafkaCloseTest, EndsWithoutABroker) {
  KafkaSettings settings = SettingsFor(kNoBroker, "g");
  settings.consumer = {{"partition.assignment.strategy", GetParam()}};
  std::string code;
  CountingListener listener;
  KafkaSource source(settings, "events",
                     {.on_error = [&code](std::string_view name,
                                          std::string_view) { code = name; },
                      .on_log = {},
                      .on_rebalance = {}});
  source.Subscribe(listener);
  EXPECT_TRUE(Eventually([&] {
    source.Poll(milliseconds{20}, 1);
    return code == "_ALL_BROKERS_DOWN";
  }));
  EXPECT_EQ(source.FatalError(), std::nullopt);
  EXPECT_LT(TimeOf([&] { source.Close(); }), seconds{9});
}

TEST(KafkaSourceAfterCloseTest, AnswersQuietly) {
  KafkaSource source(SettingsFor(kNoBroker, "g"), "events", {});
  source.Close();
  source.Close();
  EXPECT_EQ(source.Commit(std::vector{At(0, 1)}, CommitMode::kWait),
            CommitResult::kRetry);
  EXPECT_THAT(source.Lag(), IsEmpty());
  EXPECT_EQ(source.NumPartitions(), 0);
}

}  // namespace
}  // namespace tidemill
