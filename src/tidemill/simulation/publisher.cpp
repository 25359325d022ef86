#include "tidemill/simulation/publisher.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using std::chrono::milliseconds;

/// The longest wait, so that the stop flag is seen in time.
constexpr milliseconds kLongestPoll{50};
/// Reports are collected at least every so many events.
constexpr std::uint64_t kEventsPerPoll = 256;
/// Rows are handed to the stream in pieces of about so many bytes.
constexpr std::size_t kPieceBytes = 1 << 16;

class Publisher {
 public:
  Publisher(const PublishOptions& options, RecordSink& sink, const Clock& clock)
      : options_(options), sink_(sink), clock_(clock), start_(clock.Steady()) {}

  PublishSummary Run(RecordFeed& feed) {
    OutRecord record;
    for (std::uint64_t n = 0; !options_.count || n < *options_.count; ++n) {
      // In this order: behind the last record there is nothing to wait for.
      if (!feed.Next(record) || !WaitUntilDue(n)) break;
      if (!Send(record, n)) break;
      if (n % kEventsPerPoll == 0) Poll(milliseconds(0));
      if (Ended()) break;
    }
    Flush();
    summary_.elapsed = clock_.Steady() - start_;
    return summary_;
  }

 private:
  /// Stopped from outside, or by a failure where that counts.
  bool Ended() const {
    if (options_.stop != nullptr &&
        options_.stop->load(std::memory_order_relaxed)) {
      return true;
    }
    return options_.stop_at_failure && (summary_.refused || summary_.failure);
  }

  void Poll(milliseconds timeout) {
    for (const Delivery& delivery : sink_.Poll(timeout)) Take(delivery);
    if (options_.watch) options_.watch(summary_);
    if (const auto error = sink_.FatalError()) {
      throw UnavailableError("publishing stopped: " + *error);
    }
  }

  void Take(const Delivery& delivery) {
    if (delivery.status == DeliveryStatus::kDelivered) {
      ++summary_.delivered;
      Confirm(delivery.token);
      return;
    }
    ++failed_later_;
    if (delivery.status == DeliveryStatus::kFailed) {
      if (!summary_.failure) summary_.failure = delivery.cause;
      PassOver(delivery.token);
    } else {
      Refuse(delivery.token);
    }
  }

  /// False when ended first.
  bool WaitUntilDue(std::uint64_t n) {
    if (!options_.rate || *options_.rate <= 0.0) return !Ended();
    const std::chrono::duration<double> due(static_cast<double>(n) /
                                            *options_.rate);
    while (!Ended()) {
      const std::chrono::duration<double> left =
          due - (clock_.Steady() - start_);
      if (left.count() <= 0.0) return true;
      // Rounded up: a poll of zero milliseconds would spin.
      Poll(left >= kLongestPoll ? kLongestPoll
                                : std::chrono::ceil<milliseconds>(left));
    }
    return false;
  }

  /// Lengthens the prefix when the record is its next one.
  void Confirm(std::uint64_t n) {
    confirmed_[n - summary_.prefix] = true;
    while (!confirmed_.empty() && confirmed_.front()) {
      confirmed_.pop_front();
      ++summary_.prefix;
    }
  }

  void Refuse(std::uint64_t n) {
    summary_.refused = std::min(n, summary_.refused.value_or(n));
    PassOver(n);
  }

  /// An endless stream must not wait for what has failed.
  void PassOver(std::uint64_t n) {
    if (!options_.stop_at_failure) Confirm(n);
  }

  /// False when ended before the sink took the record.
  bool Send(OutRecord& record, std::uint64_t n) {
    record.topic = options_.topic;
    record.token = n;
    confirmed_.push_back(false);
    while (Unconfirmed() >= options_.max_in_flight) {
      Poll(kLongestPoll);
      if (Ended()) return false;
    }
    while (true) {
      record.timestamp_ms =
          std::chrono::floor<milliseconds>(clock_.Now().time_since_epoch())
              .count();
      switch (sink_.Produce(record)) {
        case ProduceResult::kQueued:
          ++summary_.sent;
          if (options_.sent != nullptr) options_.sent->fetch_add(1);
          return true;
        case ProduceResult::kTooLarge:
        case ProduceResult::kRejected:
          ++summary_.failed;
          Refuse(n);
          return true;
        case ProduceResult::kQueueFull:
          Poll(kLongestPoll);
          if (Ended()) return false;
      }
    }
  }

  std::uint64_t Unconfirmed() const {
    return summary_.sent - summary_.delivered - failed_later_;
  }

  void Flush() {
    sink_.Hurry();
    const SteadyTime deadline = clock_.Steady() + options_.flush_timeout;
    while (Unconfirmed() > 0 && clock_.Steady() < deadline) Poll(kLongestPoll);
    summary_.failed += failed_later_;
    summary_.unconfirmed = Unconfirmed();
  }

  const PublishOptions& options_;
  RecordSink& sink_;
  const Clock& clock_;
  SteadyTime start_;
  PublishSummary summary_;
  std::uint64_t failed_later_ = 0;  ///< by delivery report
  std::deque<bool> confirmed_;      ///< from the prefix on
};

/// A simulator's events, with or without the truth.
class SimulatorFeed final : public RecordFeed {
 public:
  SimulatorFeed(Simulator& simulator, bool with_truth)
      : simulator_(simulator), with_truth_(with_truth) {}

  bool Next(OutRecord& record) override {
    const SimulatedEvent& event = simulator_.Next();
    record.key = event.key;
    record.value.reset();
    if (event.has_value()) {
      record.value = with_truth_ ? event.labelled : event.value;
    }
    poisoned_ += event.poison.has_value();
    return true;
  }
  std::uint64_t poisoned() const { return poisoned_; }

 private:
  Simulator& simulator_;
  bool with_truth_;
  std::uint64_t poisoned_ = 0;
};

void WritePiece(std::string& piece, std::ostream& out) {
  out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  piece.clear();
  if (!out) {
    throw IoError({.where = "simulated rows",
                   .expected = "an output that takes them",
                   .got = "a failed write"});
  }
}

}  // namespace

PublishSummary Publish(RecordFeed& feed, const PublishOptions& options,
                       RecordSink& sink, const Clock& clock) {
  return Publisher(options, sink, clock).Run(feed);
}

PublishSummary Publish(Simulator& simulator, const PublishOptions& options,
                       RecordSink& sink, const Clock& clock) {
  SimulatorFeed feed(simulator, options.with_truth);
  PublishSummary summary = Publish(feed, options, sink, clock);
  summary.poisoned = feed.poisoned();
  return summary;
}

std::uint64_t WriteRows(Simulator& simulator, std::uint64_t count,
                        std::ostream& out, RowFormat format, bool with_truth,
                        const std::atomic<bool>* stop) {
  std::string piece;
  if (format == RowFormat::kCsv) simulator.AppendCsvHeader(with_truth, piece);
  std::uint64_t rows = 0;
  for (; rows < count; ++rows) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) break;
    const SimulatedEvent& event = simulator.Next();
    if (format == RowFormat::kJsonLines) {
      piece += with_truth ? event.labelled : event.value;
      piece += '\n';
    } else if (event.poison) {
      throw UsageError({.where = "simulated rows",
                        .expected = "JSON lines as the format for poison",
                        .got = "CSV"});
    } else {
      simulator.AppendCsvRow(with_truth, piece);
    }
    if (piece.size() >= kPieceBytes) WritePiece(piece, out);
  }
  WritePiece(piece, out);
  out.flush();
  WritePiece(piece, out);
  return rows;
}

}  // namespace tidemill
