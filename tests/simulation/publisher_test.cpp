#include "tidemill/simulation/publisher.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class FakeClock final : public Clock {
 public:
  WallTime Now() const override { return WallTime(elapsed_ + kEpoch); }
  SteadyTime Steady() const override { return SteadyTime(elapsed_); }
  void Advance(microseconds time) { elapsed_ += time; }
  microseconds elapsed() const { return elapsed_; }
  static constexpr microseconds kEpoch{1'000'000'000'000};

 private:
  microseconds elapsed_{0};
};

struct Sent {
  std::string key;
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;
  microseconds when{};
};

/// Takes records; a poll lets time pass and reports what was taken.
class FakeSink final : public RecordSink {
 public:
  explicit FakeSink(FakeClock& clock) : clock_(clock) {}

  int OpenTopic(const std::string&) override { return 0; }
  std::int32_t NumPartitions(int) override { return 1; }

  ProduceResult Produce(const OutRecord& record) override {
    if (refuse) return *refuse;
    if (queue_.size() >= capacity) return ProduceResult::kQueueFull;
    queue_.push_back(
        {.token = record.token,
         .status = record.token == refuse_token ? DeliveryStatus::kTooLarge
                   : record.token == fail_token ? DeliveryStatus::kFailed
                                                : status,
         .cause = record.token == fail_token ? "no such topic"
                                             : std::string_view()});
    Sent& last = sent.emplace_back();
    last.key = record.key.value_or("");
    if (record.value) last.value = *record.value;
    last.timestamp_ms = record.timestamp_ms.value_or(0);
    last.when = clock_.elapsed();
    if (stop != nullptr && sent.size() >= stop_after) *stop = true;
    return ProduceResult::kQueued;
  }

  std::span<const Delivery> Poll(milliseconds timeout) override {
    ++polls;
    clock_.Advance(timeout);
    if (polls == stall_at) clock_.Advance(stall);
    reports_.clear();
    if (!silent) reports_.assign(queue_.begin(), queue_.end());
    if (!silent) queue_.clear();
    return reports_;
  }

  bool transactional() const override { return false; }
  CommitResult Commit(std::span<const Position>, CommitMode) override {
    return CommitResult::kCommitted;
  }
  void Abort() override {}
  void Hurry() override { hurried = true; }
  std::optional<std::string> FatalError() const override { return fatal; }

  std::vector<Sent> sent;
  std::size_t capacity = 1'000'000;
  std::optional<ProduceResult> refuse;
  std::optional<std::uint64_t> refuse_token;
  std::optional<std::uint64_t> fail_token;
  DeliveryStatus status = DeliveryStatus::kDelivered;
  bool silent = false;
  bool hurried = false;
  std::optional<std::string> fatal;
  int polls = 0;
  int stall_at = -1;
  milliseconds stall{0};
  std::atomic<bool>* stop = nullptr;
  std::size_t stop_after = 0;

 private:
  FakeClock& clock_;
  std::deque<Delivery> queue_;
  std::vector<Delivery> reports_;
};

class PublisherTest : public testing::Test {
 protected:
  PublishSummary Run() { return Publish(*simulator_, options_, sink_, clock_); }

  std::unique_ptr<Simulator> simulator_ = MakeSimulator("churn", {});
  FakeClock clock_;
  FakeSink sink_{clock_};
  PublishOptions options_{.count = 1000};
};

/// So many records without a value.
class ShortFeed final : public RecordFeed {
 public:
  explicit ShortFeed(int records) : left_(records) {}
  bool Next(OutRecord& /*record*/) override { return left_-- > 0; }

 private:
  int left_;
};

TEST_F(PublisherTest, SendsEventsInOrderUnderTheirKeys) {
  options_.count = 10;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 10u);
  EXPECT_EQ(summary.delivered, 10u);
  EXPECT_EQ(summary.failed, 0u);
  EXPECT_TRUE(sink_.hurried);
  const auto again = MakeSimulator("churn", {});
  for (const Sent& sent : sink_.sent) {
    const SimulatedEvent& event = again->Next();
    EXPECT_EQ(sent.key, event.key);
    EXPECT_EQ(sent.value, event.value);
  }
}

TEST_F(PublisherTest, SendsTheTruthOnRequest) {
  options_.with_truth = true;
  Run();
  EXPECT_THAT(sink_.sent.front().value.value(), testing::HasSubstr("Churn"));
}

TEST_F(PublisherTest, NeverSendsAnEventBeforeItIsDue) {
  options_.rate = 250.0;  // every 4 ms
  const PublishSummary summary = Run();
  for (std::size_t n = 0; n < sink_.sent.size(); ++n) {
    const auto due = microseconds(4000) * n;
    EXPECT_GE(sink_.sent[n].when, due);
    EXPECT_LT(sink_.sent[n].when, due + milliseconds(2));
  }
  EXPECT_NEAR(summary.elapsed.count(), 3.996, 0.1);
}

TEST_F(PublisherTest, EndsWithItsLastRecordNotAnIntervalLater) {
  options_.rate = 0.1;  // every 10 s
  ShortFeed feed(3);
  EXPECT_EQ(Publish(feed, options_, sink_, clock_).delivered, 3u);
  EXPECT_LT(clock_.elapsed(), std::chrono::seconds(21));
}

TEST_F(PublisherTest, KeepsTheRateAboveAThousandPerSecond) {
  options_.rate = 20'000.0;
  Run();
  EXPECT_GE(sink_.sent.back().when, milliseconds(49));
  EXPECT_LE(sink_.sent.back().when, milliseconds(51));
  EXPECT_LT(sink_.polls, 100);  // one per millisecond, no spinning
}

TEST_F(PublisherTest, CatchesUpWithTheScheduleAfterAStall) {
  options_.rate = 1000.0;
  sink_.stall_at = 100;
  sink_.stall = milliseconds(300);
  Run();
  for (std::size_t n = 0; n < sink_.sent.size(); ++n) {
    EXPECT_GE(sink_.sent[n].when, milliseconds(1) * n);
  }
  EXPECT_LE(sink_.sent[600].when, milliseconds(602));
  EXPECT_LE(sink_.sent.back().when, milliseconds(1001));
}

TEST_F(PublisherTest, StampsRecordsWithTheTimeTheyAreSent) {
  options_.rate = 10.0;
  options_.count = 2;
  Run();
  const std::int64_t first = FakeClock::kEpoch.count() / 1000;
  EXPECT_EQ(sink_.sent[0].timestamp_ms, first);
  EXPECT_EQ(sink_.sent[1].timestamp_ms, first + 100);
}

TEST_F(PublisherTest, WaitsWhenTheQueueIsFullAndLosesNothing) {
  sink_.capacity = 7;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 1000u);
  EXPECT_EQ(summary.delivered, 1000u);
  const auto again = MakeSimulator("churn", {});
  for (const Sent& sent : sink_.sent) EXPECT_EQ(sent.key, again->Next().key);
}

TEST_F(PublisherTest, CountsWhatTheSinkRefuses) {
  sink_.refuse = ProduceResult::kTooLarge;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 0u);
  EXPECT_EQ(summary.failed, 1000u);
}

TEST_F(PublisherTest, CountsWhatTheBrokerRefuses) {
  sink_.status = DeliveryStatus::kFailed;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 1000u);
  EXPECT_EQ(summary.delivered, 0u);
  EXPECT_EQ(summary.failed, 1000u);
}

TEST_F(PublisherTest, WaitsForReportsOnlySoLong) {
  sink_.silent = true;
  options_.flush_timeout = milliseconds(2000);
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.unconfirmed, 1000u);
  EXPECT_LE(clock_.elapsed(), milliseconds(2100));
}

TEST_F(PublisherTest, StopsWhenTold) {
  std::atomic<bool> stop = false;
  options_.count.reset();
  options_.stop = &stop;
  sink_.stop = &stop;
  sink_.stop_after = 42;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 42u);
  EXPECT_EQ(summary.delivered, 42u);
}

TEST_F(PublisherTest, StopsWhileTheQueueIsFull) {
  std::atomic<bool> stop = false;
  options_.count.reset();
  options_.stop = &stop;
  options_.flush_timeout = milliseconds(100);
  sink_.stop = &stop;
  sink_.stop_after = 5;
  sink_.capacity = 5;
  sink_.silent = true;
  EXPECT_EQ(Run().unconfirmed, 5u);
}

TEST_F(PublisherTest, NeverHasMoreInFlightThanAllowed) {
  options_.max_in_flight = 7;
  std::uint64_t most = 0;
  options_.watch = [&](const PublishSummary& summary) {
    most = std::max(most, sink_.sent.size() - summary.delivered);
  };
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.delivered, 1000u);
  EXPECT_LE(most, 7u);
  EXPECT_GT(sink_.polls, 1000 / 7);
}

TEST_F(PublisherTest, ThePrefixEndsAtTheFirstRecordThatIsNotConfirmed) {
  options_.stop_at_failure = true;
  sink_.refuse_token = 300;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.prefix, 300u);
  EXPECT_EQ(summary.refused, 300u);
  EXPECT_FALSE(summary.failure);
  EXPECT_LT(summary.sent, 1000u);
  EXPECT_EQ(summary.delivered, summary.sent - 1);
}

TEST_F(PublisherTest, AFailureOfTheBrokerIsNotTheRecords) {
  options_.stop_at_failure = true;
  sink_.fail_token = 300;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.prefix, 300u);
  EXPECT_EQ(summary.failure, "no such topic");
  EXPECT_FALSE(summary.refused);
  EXPECT_LT(summary.sent, 1000u);
}

TEST_F(PublisherTest, AFailureEndsTheWaitForTheNextRecord) {
  options_.stop_at_failure = true;
  options_.rate = 1.0;
  sink_.fail_token = 1;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.sent, 2u);
  EXPECT_LT(clock_.elapsed(), milliseconds(1100));
}

TEST_F(PublisherTest, AFailureEndsTheWaitForRoomInTheQueue) {
  options_.stop_at_failure = true;
  sink_.capacity = 5;
  sink_.fail_token = 3;
  EXPECT_EQ(Run().sent, 6u);  // the first is polled for, five fill the queue
}

TEST_F(PublisherTest, GoesOnBehindARefusalUnlessTold) {
  sink_.refuse_token = 300;
  const PublishSummary summary = Run();
  EXPECT_EQ(summary.prefix, 1000u);
  EXPECT_EQ(summary.refused, 300u);
  EXPECT_EQ(summary.delivered, 999u);
  EXPECT_EQ(summary.failed, 1u);
}

TEST_F(PublisherTest, ReportsAFatalErrorOfTheSink) {
  sink_.fatal = "fenced";
  EXPECT_THROW(Run(), UnavailableError);
}

TEST_F(PublisherTest, SendsARecordWithoutAValueAsPoison) {
  SimulatorOptions options;
  options.poison_rate = 1.0;
  simulator_ = MakeSimulator("taxi", options);
  options_.count = kNumPoisonKinds;
  EXPECT_EQ(Run().poisoned, static_cast<std::uint64_t>(kNumPoisonKinds));
  for (std::size_t i = 0; i < sink_.sent.size(); ++i) {
    EXPECT_EQ(sink_.sent[i].value.has_value(),
              static_cast<PoisonKind>(i) != PoisonKind::kNoValue);
    EXPECT_FALSE(sink_.sent[i].key.empty());
  }
}

TEST(WriteRowsTest, WritesOneObjectPerLine) {
  const auto simulator = MakeSimulator("taxi", {});
  std::ostringstream out;
  EXPECT_EQ(WriteRows(*simulator, 3, out, RowFormat::kJsonLines, false), 3u);
  const auto again = MakeSimulator("taxi", {});
  std::string expected;
  for (int i = 0; i < 3; ++i) expected += again->Next().value + "\n";
  EXPECT_EQ(out.str(), expected);
}

TEST(WriteRowsTest, QuotesDriftedTextInCsv) {
  SimulatorOptions options;
  options.drifts = {"Contract=value:Six, or \"more\":1"};
  const auto simulator = MakeSimulator("churn", options);
  std::ostringstream out;
  WriteRows(*simulator, 2, out, RowFormat::kCsv, true);
  EXPECT_THAT(out.str(), testing::StartsWith("customerID,"));
  EXPECT_THAT(out.str(), testing::HasSubstr(",\"Six, or \"\"more\"\"\","));
}

TEST(WriteRowsTest, RefusesPoisonInCsv) {
  SimulatorOptions options;
  options.poison_rate = 0.5;
  const auto simulator = MakeSimulator("churn", options);
  std::ostringstream out;
  EXPECT_THROW(WriteRows(*simulator, 100, out, RowFormat::kCsv, true),
               UsageError);
}

TEST(WriteRowsTest, ReportsAnOutputThatFails) {
  const auto simulator = MakeSimulator("churn", {});
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_THROW(WriteRows(*simulator, 1, out, RowFormat::kJsonLines, true),
               IoError);
}

}  // namespace
}  // namespace tidemill
