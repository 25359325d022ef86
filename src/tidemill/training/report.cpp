#include "tidemill/training/report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidemill {
namespace {

std::string RowsText(const TrainingReport& report) {
  std::string text = fmt::format(
      "{}: {} rows ({} to learn from, {} held out), {} features, {}\n",
      report.name, report.rows, report.rows_train, report.rows_test,
      report.num_features, report.model);
  if (report.rows_without_target > 0) {
    text += fmt::format("left out: {} rows without a target\n",
                        report.rows_without_target);
  }
  if (report.rows_out_of_range > 0) {
    text += fmt::format("left out: {} rows with a target out of range\n",
                        report.rows_out_of_range);
  }
  return text;
}

bool IsChosen(const TrainingReport& report) {
  return report.threshold.rule != ThresholdRule::kGiven;
}

nlohmann::ordered_json ToObject(const Metrics& metrics) {
  auto object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : metrics) object[name] = value;
  return object;
}

}  // namespace

std::string ToTable(const TrainingReport& report) {
  std::string text = RowsText(report);
  const bool folds = report.folds > 0;
  text += fmt::format("\n{:<10} {:>10} {:>10}", "metric", "held out", "naive");
  if (folds) {
    text += fmt::format(" {:>20} {:>10}", fmt::format("{} folds", report.folds),
                        "pooled");
  }
  text += '\n';
  for (const auto& [name, value] : report.held_out) {
    text += fmt::format("{:<10} {:>10.4f}", name, value);
    for (const auto& [naive, figure] : report.baseline) {
      if (naive == name) text += fmt::format(" {:>10.4f}", figure);
    }
    for (const FoldMetric& fold : report.cross_validation) {
      if (fold.name != name) continue;
      text += fmt::format(
          " {:>20} {:>10.4f}",
          fmt::format("{:.4f} +- {:.4f}", fold.mean, fold.standard_deviation),
          fold.pooled);
    }
    text += '\n';
  }
  if (IsChosen(report)) {
    text += fmt::format(
        "threshold {:.4f}, chosen on the rows held out: {} {:.4f}\n",
        report.threshold.value, ToText(report.threshold.rule),
        report.threshold.figure);
  }
  if (!report.unit.empty()) {
    text += fmt::format("rmse and mae are in {}\n", report.unit);
  }
  return text;
}

std::string ToJson(const TrainingReport& report, const std::string& path) {
  nlohmann::ordered_json object;
  object["name"] = report.name;
  object["task"] = ToText(report.task);
  object["model"] = report.model;
  if (!report.unit.empty()) object["unit"] = report.unit;
  object["seed"] = report.seed;
  object["rows"] = {{"used", report.rows},
                    {"train", report.rows_train},
                    {"held_out", report.rows_test},
                    {"without_target", report.rows_without_target},
                    {"out_of_range", report.rows_out_of_range}};
  object["features"] = report.num_features;
  if (report.task == Task::kBinary) {
    object["threshold"] = {{"value", report.threshold.value},
                           {"rule", ToText(report.threshold.rule)}};
  }
  if (IsChosen(report)) {
    object["threshold"]["figure"] = report.threshold.figure;
  }
  object["metrics"] = ToObject(report.held_out);
  object["baseline"] = ToObject(report.baseline);
  if (report.folds > 0) {
    auto metrics = nlohmann::ordered_json::object();
    for (const FoldMetric& fold : report.cross_validation) {
      metrics[fold.name] = {{"mean", fold.mean},
                            {"sd", fold.standard_deviation},
                            {"pooled", fold.pooled}};
    }
    object["cross_validation"] = {{"folds", report.folds},
                                  {"metrics", std::move(metrics)}};
  }
  object["warnings"] = report.warnings;
  object["config_sha256"] = report.config_sha256;
  object["data_sha256"] = report.data_sha256;
  object["artifact"] = {{"path", path},
                        {"sha256", report.artifact_sha256},
                        {"bytes", report.artifact_bytes}};
  return object.dump(-1, ' ', false,
                     nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tidemill
