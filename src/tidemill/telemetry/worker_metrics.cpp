#include "tidemill/telemetry/worker_metrics.h"

namespace tidemill {
namespace {

/// An atomic compare-and-swap, so not for nothing.
void Add(prometheus::Counter& counter, std::size_t count) {
  if (count > 0) counter.Increment(static_cast<double>(count));
}

}  // namespace

WorkerMetrics::WorkerMetrics(ServiceMetrics& service)
    : service_(service), batch_events_(*service.batch_events_) {
  for (prometheus::Histogram* stage : service.stage_duration_) {
    stages_.emplace_back(*stage);
  }
}

WorkerMetrics::~WorkerMetrics() {
  Publish();
  SetInFlight(0);
}

void WorkerMetrics::SetInFlight(std::size_t records) {
  if (records == in_flight_) return;
  service_.in_flight_->Increment(static_cast<double>(records) -
                                 static_cast<double>(in_flight_));
  in_flight_ = records;
}

void WorkerMetrics::Publish() {
  const auto events = [this](Outcome outcome) -> prometheus::Counter& {
    return *service_.events_[static_cast<std::size_t>(outcome)];
  };
  Add(events(Outcome::kScored), scored_);
  Add(events(Outcome::kDeadLetter), dead_lettered_);
  Add(events(Outcome::kFailed), failed_);
  Add(*service_.ignored_fields_, ignored_fields_);
  if (dead_lettered_ > 0) {
    for (std::size_t i = 0; i < dead_letters_.size(); ++i) {
      if (dead_letters_[i] == 0) continue;
      Add(service_.DeadLetters(static_cast<Stage>(i / kNumReasons),
                               static_cast<Reason>(i % kNumReasons)),
          dead_letters_[i]);
    }
  }
  for (LocalHistogram& stage : stages_) stage.Publish();
  batch_events_.Publish();
  Forget();
}

void WorkerMetrics::Discard() {
  for (LocalHistogram& stage : stages_) stage.Discard();
  batch_events_.Discard();
  Forget();
}

void WorkerMetrics::Forget() {
  if (dead_lettered_ > 0) dead_letters_.fill(0);
  scored_ = failed_ = ignored_fields_ = dead_lettered_ = 0;
}

}  // namespace tidemill
