#include "consumers/top/json.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "tidemill/core/timestamp.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json OrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

void AddTraffic(const TrafficFigures& traffic, Json& json) {
  json["events_per_second"] = OrNull(traffic.events_per_second);
  json["failed_per_second"] = OrNull(traffic.failed_per_second);
  json["dead_letters_per_second"] = OrNull(traffic.dead_letters_per_second);
  json["client_errors_per_second"] = OrNull(traffic.client_errors_per_second);
  json["latency_p50_seconds"] = OrNull(traffic.latency_p50);
  json["latency_p99_seconds"] = OrNull(traffic.latency_p99);
}

Json ToJson(const InstanceFigures& instance) {
  Json json{{"name", instance.name},
            {"url", instance.url},
            {"answers", instance.error.empty()},
            {"error", OrNull(instance.error)},
            {"service", OrNull(instance.service)},
            {"build", OrNull(instance.build)},
            {"champion", OrNull(instance.champion)},
            {"ready", OrNull(instance.ready)},
            {"interval_seconds", OrNull(instance.seconds)}};
  AddTraffic(instance.traffic, json);
  json["time_lag_seconds"] = OrNull(instance.time_lag);
  json["lag_records"] = OrNull(instance.lag_records);
  json["bad_lines"] = instance.bad_lines;
  json["left_out_series"] = instance.left_out;
  json["unusable_series"] = instance.unusable;
  json["complaints"] = instance.complaints;
  return json;
}

Json ToJson(const SumFigures& sum) {
  Json json{{"answering", sum.answering}, {"ready", sum.ready}};
  AddTraffic(sum.traffic, json);
  json["time_lag_seconds"] = OrNull(sum.time_lag);
  json["lag_records"] = OrNull(sum.lag_records);
  json["swaps"] = Json(sum.swaps);
  return json;
}

Json ToJson(const VersionFigures& version) {
  return {{"service", version.service},
          {"model", version.model},
          {"version", version.version},
          {"digest", OrNull(version.digest)},
          {"variant", version.variant},
          {"engine", OrNull(version.engine)},
          {"instances", version.instances},
          {"scored", version.scored},
          {"dead_letters", version.dead_letters},
          {"events_per_second", OrNull(version.events_per_second)},
          {"share", OrNull(version.share)},
          {"latency_p50_seconds", OrNull(version.latency_p50)},
          {"latency_p99_seconds", OrNull(version.latency_p99)},
          {"challenger_score_psi", OrNull(version.score_psi)}};
}

Json ToJson(const DeadLetterFigures& letters) {
  return {{"service", letters.service},
          {"stage", letters.stage},
          {"reason", letters.reason},
          {"total", letters.total},
          {"per_second", OrNull(letters.per_second)}};
}

Json ToJson(const DriftStatistic& statistic) {
  Json instances = Json::array();
  for (const auto& value : statistic.by_instance) {
    instances.push_back(OrNull(value));
  }
  return {{"value", OrNull(statistic.value)},
          {"threshold", OrNull(statistic.threshold)},
          {"times_threshold", OrNull(statistic.excess)},
          {"over", statistic.over},
          {"by_instance", std::move(instances)},
          {"instances_over", statistic.instances_over}};
}

Json ToJson(const DriftColumnFigures& column) {
  Json statistics = Json::object();
  for (const DriftStatistic& statistic : column.statistics) {
    statistics[std::string(statistic.name)] = ToJson(statistic);
  }
  return {{"feature",
           column.name.is_score ? Json(nullptr) : Json(column.name.feature)},
          {"drift", column.IsDrift()},
          {"enough_events", column.enough},
          {"events", column.events},
          {"worst", std::string(column.lead().name)},
          {"problem", OrNull(column.problem)},
          {"statistics", std::move(statistics)}};
}

Json ToJson(const DriftVersionFigures& version) {
  Json windows = Json::array();
  for (const auto& events : version.window_events) {
    windows.push_back(OrNull(events));
  }
  Json features = Json::array();
  Json score = nullptr;
  for (const DriftColumnFigures& column : version.columns) {
    if (column.name.is_score) {
      score = ToJson(column);
      score.erase("feature");
    } else {
      features.push_back(ToJson(column));
    }
  }
  return {{"service", version.service},
          {"model", version.model},
          {"version", version.version},
          {"digest", OrNull(version.digest)},
          {"instances", version.instances},
          {"window_events_by_instance", std::move(windows)},
          {"counted", version.since_start ? "since_start" : "since_loaded"},
          {"min_events", version.min_events},
          {"sample_ratio", OrNull(version.sample_ratio)},
          {"features", std::move(features)},
          {"score", std::move(score)}};
}

template <typename Figures>
Json ListOf(const std::vector<Figures>& list) {
  Json json = Json::array();
  for (const Figures& figures : list) json.push_back(ToJson(figures));
  return json;
}

}  // namespace

std::string TopJson(const TopFigures& figures, WallTime now) {
  const Json json{{"time", UtcText(now.time_since_epoch().count())},
                  {"instances", ListOf(figures.instances)},
                  {"sum", ToJson(figures.sum)},
                  {"versions", ListOf(figures.versions)},
                  {"dead_letters", ListOf(figures.dead_letters)},
                  {"drift", ListOf(figures.drift)}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace tidemill
