// Runs against a real broker, which TIDEMILL_TEST_BOOTSTRAP names; the
// integration suite sees to it. What a mock cannot show: transactions.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/mock_kafka.h"
#include "kafka/raw_writer.h"
#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_log.h"
#include "tidemill/kafka/topics.h"

namespace tidemill {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr seconds kTimeout{20};
constexpr const char* kTopicVariable = "TIDEMILL_TEST_LOG_TOPIC";

class KafkaLogBrokerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* bootstrap = std::getenv("TIDEMILL_TEST_BOOTSTRAP");
    if (bootstrap == nullptr) {
      GTEST_SKIP() << "TIDEMILL_TEST_BOOTSTRAP names no broker";
    }
    settings_ = SettingsFor(bootstrap, "");
    // Every run has topics and writers of its own on a shared broker.
    topic_ = std::string("log-") +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() +
             "-" + std::to_string(::getpid());
    settings_.transactional_id = RegistryTransactionalId(topic_);
  }

  std::string status() const { return topic_ + ".status"; }
  std::string audit() const { return topic_ + ".audit"; }
  void MakeTopics() const {
    EnsureRegistryTopics(settings_, topic_, status(), audit(), kTimeout);
  }

  KafkaLogWriter MakeWriter() const { return {settings_, kTimeout, {}}; }
  KafkaLogReader MakeReader() const { return {settings_, {topic_}, {}}; }

  /// A transaction that is not settled when this returns.
  RawWriter OpenTransaction(const std::string& value) const {
    RawWriter writer(settings_);
    writer.Begin();
    writer.Produce(topic_, "churn", value);
    writer.Flush();
    return writer;
  }

  void WriteOne(const std::string& key, const std::string& value) const {
    KafkaLogWriter writer = MakeWriter();
    writer.Begin();
    writer.Write(std::vector<LogWrite>{{topic_, key, value}});
  }

  static std::vector<std::string> ReadToEnd(KafkaLogReader& reader) {
    std::vector<std::string> values;
    EXPECT_TRUE(Eventually([&] {
      for (const LogRecord& record : reader.Poll(milliseconds{1000})) {
        values.push_back(record.value.value_or("none"));
      }
      return reader.at_end();
    }));
    return values;
  }
  std::vector<std::string> ReadAll() const {
    KafkaLogReader reader = MakeReader();
    return ReadToEnd(reader);
  }

  KafkaSettings settings_;
  std::string topic_;
};

TEST_F(KafkaLogBrokerTest, MakesTheTopicsThatAreAbsent) {
  CreateTopics(
      settings_,
      std::vector<TopicSpec>{{.name = status(), .partitions = 2, .config = {}}},
      kTimeout);
  MakeTopics();
  MakeTopics();
  const std::vector<std::string> names{topic_, status(), audit()};
  std::vector<int> partitions;
  for (const auto& topic : DescribeTopics(settings_, names, kTimeout)) {
    partitions.push_back(topic.partitions);
  }
  EXPECT_THAT(partitions, ElementsAre(1, 2, 1));
}

TEST_F(KafkaLogBrokerTest, ReadsWhatIsCommittedAndNeverWhatIsAborted) {
  MakeTopics();
  WriteOne("churn", "1");
  {
    RawWriter aborted = OpenTransaction("aborted");
    aborted.Abort();
  }
  WriteOne("churn", "2");
  EXPECT_THAT(ReadAll(), ElementsAre("1", "2"));
}

TEST_F(KafkaLogBrokerTest, AnEmptyLogHasAnEnd) {
  MakeTopics();
  EXPECT_THAT(ReadAll(), IsEmpty());
}

TEST_F(KafkaLogBrokerTest, WaitsForWhatAnOpenTransactionHides) {
  MakeTopics();
  WriteOne("churn", "1");
  RawWriter open = OpenTransaction("hanging");
  KafkaSettings other = settings_;
  other.transactional_id = RegistryTransactionalId(topic_ + "-other");
  KafkaLogWriter writer(other, kTimeout, {});
  writer.Begin();
  writer.Write(std::vector<LogWrite>{{topic_, "taxi", "2"}});

  KafkaLogReader reader = MakeReader();
  std::vector<std::string> seen;
  ASSERT_TRUE(Eventually([&] {
    for (const LogRecord& record : reader.Poll(milliseconds{200})) {
      seen.push_back(*record.value);
    }
    return !seen.empty();
  }));
  // Many fetches later there is still nothing more to see, and no end.
  EXPECT_THAT(reader.Poll(milliseconds{500}), IsEmpty());
  EXPECT_FALSE(reader.at_end());

  open.Abort();
  for (const std::string& value : ReadToEnd(reader)) seen.push_back(value);
  EXPECT_THAT(seen, ElementsAre("1", "2"));
}

TEST_F(KafkaLogBrokerTest, ATopicMadeLaterIsReadFromItsBeginning) {
  KafkaLogReader reader = MakeReader();
  EXPECT_THAT(reader.Poll(milliseconds{100}), IsEmpty());
  EXPECT_FALSE(reader.at_end());
  const std::vector<std::string> names{topic_};
  EXPECT_FALSE(DescribeTopics(settings_, names, kTimeout)[0].exists);
  MakeTopics();
  WriteOne("churn", "1");
  EXPECT_THAT(ReadToEnd(reader), ElementsAre("1"));
}

TEST_F(KafkaLogBrokerTest, TheEarlierOfTwoWritersIsRefused) {
  MakeTopics();
  KafkaLogWriter first = MakeWriter();
  KafkaLogWriter second = MakeWriter();
  first.Begin();
  second.Begin();
  EXPECT_THROW(first.Write(std::vector<LogWrite>{{topic_, "churn", "first"}}),
               TryAgainError);
  second.Write(std::vector<LogWrite>{{topic_, "churn", "second"}});
  EXPECT_THAT(ReadAll(), ElementsAre("second"));

  first.Begin();
  first.Write(std::vector<LogWrite>{{topic_, "churn", "again"}});
  EXPECT_THAT(ReadAll(), ElementsAre("second", "again"));
}

TEST_F(KafkaLogBrokerTest, ARecordTooLargeForTheBrokerNamesItself) {
  MakeTopics();
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  const std::vector<LogWrite> records{
      {topic_, "churn", "small"},
      {topic_, "churn@1", std::string(3 << 20, 'x')}};
  try {
    writer.Write(records);
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("churn@1"));
  }
  EXPECT_THAT(ReadAll(), IsEmpty());
}

TEST_F(KafkaLogBrokerTest, AWriterThatGaveUpBetweenHoldsUpNobody) {
  MakeTopics();
  {
    KafkaLogWriter gone = MakeWriter();
    gone.Begin();
  }
  WriteOne("churn", "1");
  RawWriter hanging = OpenTransaction("never");
  const auto time = TimeOf([&] { WriteOne("churn", "2"); });
  // Far less than the ten seconds after which the broker would do it.
  EXPECT_LT(time, seconds{5});
  EXPECT_THAT(ReadAll(), ElementsAre("1", "2"));
  EXPECT_FALSE(hanging.Commit());
  EXPECT_THAT(ReadAll(), ElementsAre("1", "2"));
}

/// Not a test: what the process runs that the next one kills.
TEST_F(KafkaLogBrokerTest, DISABLED_WriterThatIsKilled) {
  topic_ = std::getenv(kTopicVariable);
  settings_.transactional_id = RegistryTransactionalId(topic_);
  const RawWriter writer = OpenTransaction("never");
  ::raise(SIGKILL);
}

TEST_F(KafkaLogBrokerTest, AKilledWriterHoldsUpNobody) {
  MakeTopics();
  ::setenv(kTopicVariable, topic_.c_str(), 1);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=*.DISABLED_WriterThatIsKilled";
  std::string disabled = "--gtest_also_run_disabled_tests";
  char* const arguments[] = {program.data(), filter.data(), disabled.data(),
                             nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments,
                          environ),
            0);
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  ASSERT_TRUE(WIFSIGNALED(state));

  const auto time = TimeOf([&] { WriteOne("churn", "1"); });
  EXPECT_LT(time, seconds{5});
  EXPECT_THAT(ReadAll(), ElementsAre("1"));
}

TEST_F(KafkaLogBrokerTest, FourWritersLoseNoUpdate) {
  constexpr int kWriters = 4;
  constexpr int kUpdates = 25;
  // The sooner the end is seen, the fewer fence each other meanwhile.
  settings_.consumer = {{"fetch.wait.max.ms", "5"}};
  MakeTopics();
  WriteOne("churn", "0");
  std::atomic<int> written = 0;
  std::atomic<int> refused = 0;
  const auto count_up = [&] {
    for (int done = 0; done < kUpdates;) {
      KafkaLogWriter writer = MakeWriter();
      try {
        writer.Begin();
        const int value = std::stoi(ReadAll().back());
        writer.Write(std::vector<LogWrite>{
            {topic_, "churn", std::to_string(value + 1)},
            {audit(), "churn", std::to_string(value + 1)}});
        ++done;
        ++written;
      } catch (const TryAgainError&) {
        ++refused;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) threads.emplace_back(count_up);
  for (std::thread& thread : threads) thread.join();

  const std::vector<std::string> values = ReadAll();
  ASSERT_EQ(written, kWriters * kUpdates);
  ASSERT_EQ(values.size(), 1U + kWriters * kUpdates);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], std::to_string(i));
  }
  KafkaLogReader audits(settings_, {audit()}, {});
  EXPECT_EQ(ReadToEnd(audits).size(), values.size() - 1);
  std::cout << "writes " << written << ", conflicts " << refused << "\n";
}

TEST_F(KafkaLogBrokerTest, TellsHowLongAChangeTakes) {
  MakeTopics();
  WriteOne("churn", "0");
  for (int i = 0; i < 10; ++i) {
    std::string parts;
    auto lap = [&, last = std::chrono::steady_clock::now()](
                   const char* name) mutable {
      const auto now = std::chrono::steady_clock::now();
      parts += std::string("  ") + name + " " +
               std::to_string(duration_cast<milliseconds>(now - last).count());
      last = now;
    };
    const auto total = TimeOf([&] {
      auto writer =
          std::make_unique<KafkaLogWriter>(settings_, kTimeout, KafkaEvents{});
      auto reader = std::make_unique<KafkaLogReader>(
          settings_, std::vector<std::string>{topic_, status()}, KafkaEvents{});
      lap("make");
      writer->Begin();
      lap("begin");
      EXPECT_EQ(ReadToEnd(*reader).size(), static_cast<std::size_t>(i + 1));
      lap("read");
      writer->Write(std::vector<LogWrite>{{topic_, "churn", "1"},
                                          {audit(), "churn", "1"}});
      lap("write");
      reader.reset();
      lap("end of reader");
      writer.reset();
      lap("end of writer");
    });
    std::cout << "change in ms: " << duration_cast<milliseconds>(total).count()
              << " =" << parts << "\n";
  }
  EXPECT_EQ(ReadAll().size(), 11U);
}

TEST_F(KafkaLogBrokerTest, ANewRecordIsSeenAtOnce) {
  MakeTopics();
  KafkaLogReader reader = MakeReader();
  ReadToEnd(reader);
  KafkaLogWriter writer = MakeWriter();
  writer.Begin();
  writer.Write(std::vector<LogWrite>{{topic_, "churn", "1"}});
  const auto time = TimeOf([&] {
    EXPECT_TRUE(
        Eventually([&] { return !reader.Poll(milliseconds{1000}).empty(); }));
  });
  std::cout << "seen in ms: " << duration_cast<milliseconds>(time).count()
            << "\n";
}

}  // namespace
}  // namespace tidemill
