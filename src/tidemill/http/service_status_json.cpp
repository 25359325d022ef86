#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "tidemill/core/timestamp.h"
#include "tidemill/http/drift_verdict.h"
#include "tidemill/http/service_status.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json TimeJson(WallTime time) {
  return UtcText(time.time_since_epoch().count());
}

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

Json VersionsJson(const std::vector<RecentVersion>& versions) {
  Json list = Json::array();
  for (const RecentVersion& one : versions) {
    list.push_back({{"model", one.model},
                    {"version", one.version},
                    {"variant", one.variant},
                    {"digest", one.digest},
                    {"scored", one.scored},
                    {"dead_letters", one.dead_letters},
                    {"events_per_second", one.events_per_second},
                    {"latency_p50_seconds", OrNull(one.latency_p50)},
                    {"latency_p99_seconds", OrNull(one.latency_p99)}});
  }
  return list;
}

Json ReferenceJson(const std::optional<ArtifactReference>& artifact) {
  return artifact ? Json(ToText(artifact->model)) : Json(nullptr);
}

/// Without the artifacts' addresses, which may name hosts and secrets.
Json DesiredJson(const RegistryState& state) {
  Json challengers = Json::array();
  for (const Challenger& one : state.challengers) {
    const bool canary = one.mode == ChallengerMode::kCanary;
    challengers.push_back(
        {{"version", ToText(one.artifact.model)},
         {"mode", ToText(one.mode)},
         {"percent", canary ? Json(one.percent) : Json(nullptr)}});
  }
  return {{"sequence", state.sequence},
          {"champion", ReferenceJson(state.champion)},
          {"previous", ReferenceJson(state.previous)},
          {"challengers", std::move(challengers)},
          {"reason", state.reason},
          {"issued_by", state.issued_by},
          {"issued_at", state.issued_at}};
}

Json InstanceJson(const InstanceStatus& status) {
  return {{"sequence", status.sequence}, {"state", ToText(status.state)},
          {"detail", status.detail},     {"swap_us", OrNull(status.swap_us)},
          {"champion", status.champion}, {"challengers", status.challengers},
          {"time", status.time}};
}

Json RolloutJson(const ServiceStatus& status) {
  if (!status.desired && !status.rollout) return nullptr;
  return {
      {"desired", status.desired ? DesiredJson(*status.desired) : Json()},
      {"instance", status.rollout ? InstanceJson(*status.rollout) : Json()}};
}

Json OptionsJson(const DriftOptions& options) {
  Json thresholds = Json::object();
  for (const auto& [name, threshold] : kDriftThresholds) {
    thresholds[std::string(name)] = options.thresholds.*threshold;
  }
  return {{"window_seconds", Seconds(options.window.time)},
          {"window_events", options.window.events},
          {"min_events", options.min_events},
          {"sample", options.sample},
          {"features", options.features},
          {"thresholds", std::move(thresholds)}};
}

Json FiguresJson(const DriftFigures& figures) {
  Json json = Json::object();
  for (const auto& [name, figure] : kDriftFigures) {
    json[std::string(name)] = OrNull(figures.*figure);
  }
  return json;
}

Json ColumnJson(const DriftColumnReport& column, const DriftVerdict& verdict) {
  return {
      {"feature", column.feature},
      {"kind", column.kind == BaselineKind::kNumber ? "number" : "category"},
      {"state", ToText(verdict.state)},
      {"verdict", verdict.text},
      {"times_threshold", OrNull(verdict.times_threshold)},
      {"over", column.over},
      {"figures", FiguresJson(column.figures)},
      {"bins", column.bins},
      {"training", column.baseline},
      {"window", column.window}};
}

/// The drifted ones first, and those that are farthest over.
Json FeaturesJson(const DriftReport& report,
                  const DriftThresholds& thresholds) {
  std::vector<std::pair<DriftVerdict, const DriftColumnReport*>> judged;
  judged.reserve(report.features.size());
  for (const DriftColumnReport& column : report.features) {
    judged.emplace_back(Judge(report, column, thresholds, false), &column);
  }
  std::ranges::stable_sort(judged, std::greater<>(), [](const auto& one) {
    const DriftVerdict& verdict = one.first;
    return std::tuple(verdict.state == DriftState::kDrifted,
                      verdict.times_threshold);
  });
  Json list = Json::array();
  for (const auto& [verdict, column] : judged) {
    list.push_back(ColumnJson(*column, verdict));
  }
  return list;
}

Json DriftJson(const ServiceStatus& status) {
  const DriftThresholds& thresholds = status.drift_options.thresholds;
  Json list = Json::array();
  for (const DriftReport& report : status.drift) {
    Json score;
    if (report.score) {
      score = ColumnJson(*report.score,
                         Judge(report, *report.score, thresholds, true));
    }
    list.push_back({{"model", report.model},
                    {"version", report.version},
                    {"window_events", report.window_events},
                    {"window_seconds", Seconds(report.window_length)},
                    {"min_events", report.min_events},
                    {"features", FeaturesJson(report, thresholds)},
                    {"score", std::move(score)},
                    {"skipped", report.skipped}});
  }
  return list;
}

Json DeadLettersJson(const std::vector<DeadLetterNote>& notes) {
  Json list = Json::array();
  for (const DeadLetterNote& note : notes) {
    list.push_back({{"id", note.id},
                    {"stage", ToText(note.stage)},
                    {"reason", ToText(note.reason)},
                    {"detail", note.detail},
                    {"time", TimeJson(note.time)}});
  }
  return list;
}

}  // namespace

std::string ToJson(const ServiceStatus& status) {
  const RecentFigures& figures = status.figures;
  const Json json = {
      {"service", status.service},
      {"instance", status.instance},
      {"program_version", status.program_version},
      {"now", TimeJson(status.now)},
      {"started", TimeJson(status.started)},
      {"ready", status.not_ready.empty()},
      {"not_ready", status.not_ready},
      {"events",
       {{"scored", figures.scored},
        {"dead_letter", figures.dead_letters},
        {"failed", figures.failed},
        {"per_second", figures.events_per_second},
        {"dead_letters_per_second", figures.dead_letters_per_second},
        {"history", figures.history}}},
      {"latency",
       {{"p50_seconds", OrNull(figures.latency_p50)},
        {"p99_seconds", OrNull(figures.latency_p99)}}},
      {"lag",
       {{"records", OrNull(figures.lag_records)},
        {"seconds", OrNull(figures.time_lag)}}},
      {"versions", VersionsJson(figures.versions)},
      {"rollout", RolloutJson(status)},
      {"drift_options", OptionsJson(status.drift_options)},
      {"drift", DriftJson(status)},
      {"dead_letters", DeadLettersJson(status.dead_letters)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidemill
