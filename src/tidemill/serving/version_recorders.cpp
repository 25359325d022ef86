#include "tidemill/serving/version_recorders.h"

#include <algorithm>
#include <chrono>

namespace tidemill {
namespace {

constexpr double kMaxLatencyMs = 1e9;  // 11 days

bool Answers(const ModelSet& models, const VersionMetrics* version) {
  return models.champion.metrics.get() == version ||
         std::any_of(models.canaries.begin(), models.canaries.end(),
                     [version](const CanaryModel& canary) {
                       return canary.served.metrics.get() == version;
                     });
}

}  // namespace

void ObserveDelivered(VersionRecorder& recorder, double score,
                      std::optional<std::int64_t> timestamp_ms,
                      std::int64_t now_ms) {
  recorder.ObserveScore(score);
  if (!timestamp_ms) return;
  // A record's timestamp may be anything; in float64 nothing overflows, and
  // one absurd record must not own the sum.
  const double latency_ms = std::clamp(
      static_cast<double>(now_ms) - static_cast<double>(*timestamp_ms), 0.0,
      kMaxLatencyMs);
  recorder.ObserveLatency(
      std::chrono::microseconds(static_cast<std::int64_t>(latency_ms * 1e3)));
}

VersionRecorder& VersionRecorders::Of(
    const std::shared_ptr<const VersionMetrics>& version,
    std::uint64_t end_token) {
  auto place = std::find_if(
      entries_.begin(), entries_.end(),
      [&](const Entry& entry) { return entry.version == version; });
  if (place == entries_.end()) {
    entries_.push_back({.version = version,
                        .recorder = std::make_unique<VersionRecorder>(version),
                        .end_token = 0,
                        .retired = false});
    place = std::prev(entries_.end());
  }
  place->end_token = end_token;
  place->retired = false;
  return *place->recorder;
}

void VersionRecorders::Retain(const ModelSet* models) {
  for (Entry& entry : entries_) {
    entry.retired = models == nullptr || !Answers(*models, entry.version.get());
  }
}

void VersionRecorders::DropFinished(std::uint64_t first_token) {
  std::erase_if(entries_, [first_token](const Entry& entry) {
    return entry.retired && entry.end_token <= first_token;
  });
}

void VersionRecorders::Publish() {
  for (const Entry& entry : entries_) entry.recorder->Publish();
}

}  // namespace tidemill
