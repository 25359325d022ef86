// Sends events at an even pace and notes when each answer comes.
//
//   swap_load BOOTSTRAP EVENTS PREDICTIONS DEAD_LETTERS FILE RATE OUT
//
// Event n is line n mod L of FILE (L lines; an empty one has no value), sent at
// start + n / RATE to partition n mod P (P partitions) with the line's number
// as its key: so its offset is n / P, when the topic was empty before. Prints
// "ready" when it can read answers, then sends until standard input ends, waits
// for the answers that are missing, and writes OUT.sent and OUT.answers: the
// structs below, one after the other, in the machine's own byte order.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/kafka/kafka_sink.h"
#include "tidemill/kafka/kafka_source.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kMissingLimit{15'000};
/// Who answers twice may do so late.
constexpr milliseconds kDoubledLimit{1'000};
constexpr std::int64_t kUnknown = -1;

/// Times are of the monotonic clock, in nanoseconds, but where they say so.
struct Sent {
  std::int64_t due_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t wall_us = 0;  ///< since 1970; the record's timestamp before it
                             ///< was cut to milliseconds
};

/// Eight bytes each, so that a reader needs no compiler's rules.
struct Answer {
  std::int64_t is_dead_letter = 0;
  std::int64_t partition = 0;  ///< of the answer
  std::int64_t offset = 0;
  std::int64_t append_ms = 0;  ///< since 1970, by the broker
  std::int64_t seen_ns = 0;
  std::int64_t source_partition = kUnknown;  ///< of the event, by the header
  std::int64_t source_offset = kUnknown;
  std::int64_t key = kUnknown;
  std::int64_t version = kUnknown;
  std::int64_t is_canary = 0;
  std::int64_t id_differs = 0;  ///< the value's id is not the header's
  double score = std::numeric_limits<double>::quiet_NaN();
};

std::int64_t NanosecondsOf(Steady::time_point time) {
  return nanoseconds(time.time_since_epoch()).count();
}

[[noreturn]] void Fail(std::string_view why) {
  std::fprintf(stderr, "swap_load: %.*s\n", static_cast<int>(why.size()),
               why.data());
  std::_Exit(1);
}

KafkaEvents ToStandardError() {
  KafkaEvents events;
  events.on_error = [](std::string_view code, std::string_view message) {
    std::fprintf(stderr, "swap_load: %.*s: %.*s\n",
                 static_cast<int>(code.size()), code.data(),
                 static_cast<int>(message.size()), message.data());
  };
  return events;
}

std::optional<std::int64_t> NumberOf(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::string_view HeaderOf(const Record& record, std::string_view name) {
  for (const Header& header : record.headers) {
    if (header.name == name) return header.value.value_or("");
  }
  return {};
}

/// Reads "TOPIC/PARTITION/OFFSET"; leaves what is not so unknown.
void ReadSource(std::string_view source, std::string_view events,
                Answer& answer) {
  const std::size_t last = source.rfind('/');
  const std::size_t first =
      last == std::string_view::npos ? last : source.rfind('/', last - 1);
  if (first == std::string_view::npos || source.substr(0, first) != events) {
    return;
  }
  answer.source_partition =
      NumberOf(source.substr(first + 1, last - first - 1)).value_or(kUnknown);
  answer.source_offset = NumberOf(source.substr(last + 1)).value_or(kUnknown);
}

Answer ToAnswer(const Record& record, std::string_view events,
                Steady::time_point seen, bool is_dead_letter) {
  Answer answer;
  answer.is_dead_letter = is_dead_letter ? 1 : 0;
  answer.partition = record.partition;
  answer.offset = record.offset;
  answer.append_ms = record.timestamp_ms.value_or(kUnknown);
  answer.seen_ns = NanosecondsOf(seen);
  answer.key = NumberOf(record.key.value_or("")).value_or(kUnknown);
  const std::string_view source = HeaderOf(record, "tidemill.source");
  ReadSource(source, events, answer);
  if (is_dead_letter) return answer;
  const auto value = nlohmann::json::parse(record.value.value_or(""));
  answer.version = value.at("version").get<std::int64_t>();
  answer.is_canary = value.at("variant") == "canary" ? 1 : 0;
  answer.id_differs = value.at("id") == source ? 0 : 1;
  answer.score = value.at("score").get<double>();
  return answer;
}

template <typename T>
void Write(const std::string& path, const std::deque<T>& rows) {
  std::ofstream out(path, std::ios::binary);
  for (const T& row : rows) {
    out.write(reinterpret_cast<const char*>(&row), sizeof row);
  }
  if (!out.flush()) Fail("cannot write " + path);
}

/// One topic of answers, read on a thread of its own.
class AnswerReader final : private RebalanceListener {
 public:
  AnswerReader(const KafkaSettings& settings, std::string topic,
               std::string events, bool dead_letters)
      : events_(std::move(events)),
        dead_letters_(dead_letters),
        source_(settings, std::move(topic), ToStandardError()),
        thread_([this] { Run(); }) {}

  bool is_assigned() const { return assigned_.load(); }
  std::uint64_t count() const { return count_.load(); }
  /// Ends the thread; then the answers may be looked at.
  const std::deque<Answer>& Stop() {
    stopped_.store(true);
    thread_.join();
    return answers_;
  }

 private:
  void OnAssigned(std::span<const TopicPartition> partitions) override {
    if (!partitions.empty()) assigned_.store(true);
  }
  void OnRevoked(std::span<const TopicPartition> /*gone*/) override {}
  void OnLost(std::span<const TopicPartition> /*gone*/) override {
    Fail("the partitions of the answers were lost");
  }

  void Run() try {
    source_.Subscribe(*this);
    while (!stopped_.load()) {
      const auto records = source_.Poll(milliseconds(20), 4096);
      const Steady::time_point seen = Steady::now();
      for (const Record& record : records) {
        answers_.push_back(ToAnswer(record, events_, seen, dead_letters_));
      }
      count_.fetch_add(records.size());
    }
    source_.Close();
  } catch (const std::exception& error) {
    Fail(error.what());
  }

  std::string events_;
  bool dead_letters_;
  std::deque<Answer> answers_;  ///< a vector would copy itself now and then
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> assigned_{false};
  std::atomic<bool> stopped_{false};
  KafkaSource source_;
  std::thread thread_;
};

class Sender {
 public:
  Sender(const KafkaSettings& settings, const std::string& topic,
         std::vector<std::string> lines, double rate)
      : lines_(std::move(lines)),
        rate_(rate),
        sink_(settings, nullptr, ToStandardError()),
        topic_(sink_.OpenTopic(topic)),
        partitions_(sink_.NumPartitions(topic_)) {
    if (partitions_ < 1) Fail("no topic " + topic);
  }

  /// Returns when all is delivered.
  const std::deque<Sent>& SendUntil(const std::atomic<bool>& stopped) {
    const Steady::time_point start = Steady::now();
    while (!stopped.load(std::memory_order_relaxed)) {
      const Steady::time_point due =
          start + nanoseconds(static_cast<std::int64_t>(
                      static_cast<double>(sent_.size()) / rate_ * 1e9));
      std::this_thread::sleep_until(due);
      Send(due);
      Confirm(milliseconds(0));
    }
    while (delivered_ < sent_.size()) Confirm(milliseconds(100));
    return sent_;
  }

 private:
  void Send(Steady::time_point due) {
    const std::size_t number = sent_.size();
    const std::size_t line = number % lines_.size();
    const std::string key = std::to_string(line);
    OutRecord record;
    record.topic = topic_;
    record.partition = static_cast<std::int32_t>(
        number % static_cast<std::size_t>(partitions_));
    record.key = key;
    if (!lines_[line].empty()) record.value = lines_[line];
    const Steady::time_point now = Steady::now();
    const auto wall = std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now());
    record.timestamp_ms =
        std::chrono::floor<milliseconds>(wall).time_since_epoch().count();
    if (sink_.Produce(record) != ProduceResult::kQueued) {
      Fail("the producer's queue is full: the broker does not keep up");
    }
    sent_.push_back({.due_ns = NanosecondsOf(due),
                     .sent_ns = NanosecondsOf(now),
                     .wall_us = wall.time_since_epoch().count()});
  }

  void Confirm(milliseconds timeout) {
    for (const Delivery& delivery : sink_.Poll(timeout)) {
      if (delivery.status != DeliveryStatus::kDelivered) {
        Fail("an event was not delivered");
      }
      ++delivered_;
    }
    if (sink_.FatalError()) Fail(*sink_.FatalError());
  }

  std::vector<std::string> lines_;
  double rate_;
  std::deque<Sent> sent_;
  std::uint64_t delivered_ = 0;
  KafkaSink sink_;
  int topic_;
  std::int32_t partitions_;
};

std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) Fail("no events in " + path);
  return lines;
}

template <typename Condition>
void WaitFor(milliseconds limit, const Condition& holds) {
  const Steady::time_point end = Steady::now() + limit;
  while (!holds() && Steady::now() < end) {
    std::this_thread::sleep_for(milliseconds(5));
  }
}

struct Arguments {
  std::string bootstrap;
  std::string events;
  std::string predictions;
  std::string dead_letters;
  std::string file;
  double rate;
  std::string out;
};

void Run(const Arguments& arguments) {
  KafkaSettings settings;
  settings.bootstrap = arguments.bootstrap;
  settings.group = "swap-load";
  // A few events share a request: with one each, load and broker would take a
  // core from the scorer.
  settings.producer = {{"linger.ms", "1"}};
  AnswerReader predictions(settings, arguments.predictions, arguments.events,
                           false);
  settings.group += ".dead-letters";
  AnswerReader dead_letters(settings, arguments.dead_letters, arguments.events,
                            true);
  Sender sender(settings, arguments.events, ReadLines(arguments.file),
                arguments.rate);
  WaitFor(kMissingLimit, [&] {
    return predictions.is_assigned() && dead_letters.is_assigned();
  });
  if (!predictions.is_assigned() || !dead_letters.is_assigned()) {
    Fail("the topics of the answers could not be read");
  }
  std::puts("ready");
  std::fflush(stdout);

  std::atomic<bool> stopped{false};
  std::thread watch([&stopped] {
    while (std::cin.get() != std::istream::traits_type::eof()) {
    }
    stopped.store(true);
  });
  const std::deque<Sent>& sent = sender.SendUntil(stopped);
  watch.join();
  const auto count = [&] { return predictions.count() + dead_letters.count(); };
  WaitFor(kMissingLimit, [&] { return count() >= sent.size(); });
  WaitFor(kDoubledLimit, [&] { return count() > sent.size(); });

  std::deque<Answer> answers = predictions.Stop();
  const std::deque<Answer>& others = dead_letters.Stop();
  answers.insert(answers.end(), others.begin(), others.end());
  Write(arguments.out + ".sent", sent);
  Write(arguments.out + ".answers", answers);
}

}  // namespace
}  // namespace tidemill

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  const double rate = given.size() == 7 ? std::atof(given[5].c_str()) : 0.0;
  if (!(rate > 0.0)) {
    std::fputs(
        "usage: swap_load BOOTSTRAP EVENTS PREDICTIONS DEAD_LETTERS FILE RATE "
        "OUT\n",
        stderr);
    return 64;
  }
  try {
    tidemill::Run({.bootstrap = given[0],
                   .events = given[1],
                   .predictions = given[2],
                   .dead_letters = given[3],
                   .file = given[4],
                   .rate = rate,
                   .out = given[6]});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "swap_load: %s\n", error.what());
    return 1;
  }
  return 0;
}
