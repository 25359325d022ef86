#include "tidemill/telemetry/version_metrics.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tidemill/telemetry/buckets.h"
#include "tidemill/telemetry/label_text.h"

namespace tidemill {
namespace {

using prometheus::Labels;

constexpr std::size_t kMaxScoreBoundaries = 20;

Labels RoleLabels(const std::string& service, const VersionLabels& labels) {
  return {{"service", service},
          {"model", LabelText(labels.model)},
          {"version", std::to_string(labels.version)},
          {"variant", std::string(ToText(labels.variant))}};
}

Labels InfoLabels(const std::string& service, const VersionLabels& labels) {
  Labels info = RoleLabels(service, labels);
  info.emplace("digest", LabelText(labels.digest));
  info.emplace("engine", LabelText(labels.engine));
  return info;
}

Labels LoadedLabels(const std::string& service, const VersionLabels& labels) {
  return {{"service", service},
          {"model", LabelText(labels.model)},
          {"version", std::to_string(labels.version)}};
}

Labels EventLabels(const std::string& service, const VersionLabels& labels,
                   const char* outcome) {
  Labels all = RoleLabels(service, labels);
  all.emplace("outcome", outcome);
  return all;
}

}  // namespace

std::vector<double> ProbabilityBoundaries() {
  std::vector<double> boundaries;
  // Divided, not summed: 0.3 is then the same text in every scrape.
  for (int i = 1; i <= 20; ++i) boundaries.push_back(i / 20.0);
  return boundaries;
}

std::vector<double> ScoreBoundaries(const Baseline& score) {
  std::vector<double> edges;
  for (const double edge : score.edges) {
    if (std::isfinite(edge)) edges.push_back(edge);
  }
  std::ranges::sort(edges);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  if (edges.empty()) return DecadeBoundaries(1e-3, 1e6, {1.0});
  if (edges.size() <= kMaxScoreBoundaries) return edges;

  std::vector<double> thinned;
  for (std::size_t i = 0; i < kMaxScoreBoundaries; ++i) {
    thinned.push_back(
        edges[i * (edges.size() - 1) / (kMaxScoreBoundaries - 1)]);
  }
  return thinned;
}

VersionMetrics::VersionMetrics(const Families& families,
                               const std::string& service,
                               const VersionLabels& labels,
                               const std::vector<double>& score_boundaries,
                               WallTime loaded, DriftCountsPtr drift)
    : latency_(families.latency, RoleLabels(service, labels),
               LatencyBoundaries()),
      score_(families.score, RoleLabels(service, labels), score_boundaries),
      info_(families.info, InfoLabels(service, labels)),
      loaded_(families.loaded, LoadedLabels(service, labels)),
      scored_(families.events, EventLabels(service, labels, "scored")),
      dead_letters_(families.events,
                    EventLabels(service, labels, "dead_letter")),
      drift_(std::move(drift)) {
  info_->Set(1.0);
  loaded_->Set(
      std::chrono::duration<double>(loaded.time_since_epoch()).count());
}

VersionRecorder::VersionRecorder(std::shared_ptr<const VersionMetrics> version)
    : version_(std::move(version)),
      latency_(version_->latency()),
      score_(version_->score()) {
  if (version_->drift() != nullptr) drift_.emplace(version_->drift());
}

VersionRecorder::~VersionRecorder() { Publish(); }

void VersionRecorder::ObserveLatency(std::chrono::microseconds latency) {
  latency_.Observe(
      std::max(0.0, std::chrono::duration<double>(latency).count()));
}

void VersionRecorder::CountInputs(const EventBatch& batch,
                                  const RowMatrix& features,
                                  std::span<const double> scores,
                                  std::span<const std::uint32_t> rows) {
  drift_->Count(batch, features, scores, rows);
}

void VersionRecorder::Publish() {
  if (drift_) drift_->Publish();
  latency_.Publish();
  score_.Publish();
  if (scored_ > 0) version_->scored().Increment(static_cast<double>(scored_));
  if (dead_letters_ > 0) {
    version_->dead_letters().Increment(static_cast<double>(dead_letters_));
  }
  scored_ = dead_letters_ = 0;
}

void VersionRecorder::Discard() {
  if (drift_) drift_->Discard();
  latency_.Discard();
  score_.Discard();
  scored_ = dead_letters_ = 0;
}

}  // namespace tidemill
