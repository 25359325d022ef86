#include "tidemill/training/xgb_settings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/model/tree_ensemble.h"
#include "tidemill/training/parameter_checks.h"

namespace tidemill {
namespace {

constexpr std::int64_t kMaxInt = 2147483647;
/// XGBoost's own numbers are float32.
constexpr double kMaxFloat = std::numeric_limits<float>::max();

const char* Objective(Task task) {
  if (task == Task::kRegression) return "reg:squarederror";
  return task == Task::kBinary ? "binary:logistic" : "multi:softprob";
}

}  // namespace

XgbSettings::XgbSettings(const ParameterValue& parameters, Task task)
    : task_(task) {
  ParameterReader reader(parameters);
  where_ = reader.where();
  ReadGrowth(reader);
  ReadShares(reader);
  ReadShape(reader);
  ReadBaseScore(reader);
  ReadConstraints(reader);
  ReadEarlyStopping(reader);
  reader.Finish();
  fixed_.emplace_back("objective", Objective(task));
  fixed_.emplace_back("verbosity", "0");
}

void XgbSettings::ReadGrowth(ParameterReader& reader) {
  iterations_ = static_cast<int>(
      ReadInteger(reader, "n_estimators", 100,
                  {.least = 1, .greatest = TreeEnsemble::kMaxTrees}));
  Real(reader, "learning_rate", 0.3, 0.0, true, "eta");
  Real(reader, "min_child_weight", 1.0, 0.0, false, "min_child_weight");
  Real(reader, "reg_lambda", 1.0, 0.0, false, "lambda");
  Real(reader, "reg_alpha", 0.0, 0.0, false, "alpha");
  Real(reader, "gamma", 0.0, 0.0, false, "gamma");
  if (task_ == Task::kBinary) {
    Real(reader, "scale_pos_weight", 1.0, 0.0, true, "scale_pos_weight");
  }
  threads_ = static_cast<int>(Integer(reader, "nthread", 1, 1, 1024));
}

void XgbSettings::ReadShares(ParameterReader& reader) {
  for (const char* name : {"subsample", "colsample_bytree", "colsample_bylevel",
                           "colsample_bynode"}) {
    const double share = ReadDouble(
        reader, name, 1.0, {.least = 0.0, .greatest = 1.0, .least_open = true});
    fixed_.emplace_back(name, NumberText(share));
  }
}

void XgbSettings::ReadShape(ParameterReader& reader) {
  const std::int64_t depth =
      Integer(reader, "max_depth", 6, 0, TreeEnsemble::kMaxDepth - 1);
  Integer(reader, "max_bin", 256, 2, 65'536);
  const std::string method =
      Choice(reader, "tree_method", "hist", {"hist", "exact", "approx"});
  Choice(reader, "grow_policy", "depthwise", {"depthwise", "lossguide"});
  const std::int64_t leaves = Integer(reader, "max_leaves", 0, 0, kMaxInt);
  if (depth == 0 && (leaves == 0 || method != "hist")) {
    throw ConfigError({.where = where_,
                       .expected = "max_depth 0 (no bound) only with "
                                   "tree_method hist and max_leaves",
                       .got = "a tree without bounds"});
  }
}

void XgbSettings::ReadBaseScore(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("base_score");
  if (value == nullptr) return;
  base_score_ = AsDouble(*value);
  if (std::abs(*base_score_) > kMaxFloat) {
    throw ConfigError({.where = value->where,
                       .expected = "a number that a float32 holds",
                       .got = Describe(*value)});
  }
  if (task_ == Task::kBinary && !(*base_score_ > 0.0 && *base_score_ < 1.0)) {
    throw ConfigError({.where = value->where,
                       .expected = "a probability between 0 and 1",
                       .got = Describe(*value)});
  }
}

void XgbSettings::ReadConstraints(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("monotone_constraints");
  if (value == nullptr) return;
  if (value->map() == nullptr) {
    throw ConfigError({.where = value->where,
                       .expected = "a map from features to -1, 0 or 1",
                       .got = Describe(*value)});
  }
  for (const auto& [feature, sign] : *value->map()) {
    const std::int64_t number = AsInteger(sign);
    if (number < -1 || number > 1) {
      throw ConfigError({.where = sign.where,
                         .expected = "-1, 0 or 1",
                         .got = Describe(sign)});
    }
    constraints_.push_back({feature, sign.where, number});
  }
}

void XgbSettings::ReadEarlyStopping(ParameterReader& reader) {
  const ParameterValue* rounds = reader.Optional("early_stopping_rounds");
  if (rounds == nullptr) {
    for (const char* name : {"validation_fraction", "eval_metric"}) {
      const ParameterValue* value = reader.Optional(name);
      if (value == nullptr) continue;
      throw ConfigError(
          {.where = value->where,
           .expected = std::string(name) + " only with early_stopping_rounds",
           .got = "none of them"});
    }
    return;
  }
  EarlyStopping stopping;
  stopping.rounds = static_cast<int>(
      ReadInteger(reader, "early_stopping_rounds", 1,
                  {.least = 1, .greatest = TreeEnsemble::kMaxTrees}));
  stopping.validation_fraction =
      ReadDouble(reader, "validation_fraction", 0.1,
                 {.least = 0.0, .greatest = 0.9, .least_open = true});
  std::string metric;
  if (task_ == Task::kBinary) {
    metric = Choice(reader, "eval_metric", "logloss",
                    {"logloss", "error", "auc", "aucpr"});
  } else if (task_ == Task::kMulticlass) {
    metric = Choice(reader, "eval_metric", "mlogloss",
                    {"mlogloss", "merror", "auc"});
  } else {
    metric = Choice(reader, "eval_metric", "rmse", {"rmse", "mae", "mape"});
  }
  stopping.greatest_is_best = metric.starts_with("auc");
  early_stopping_ = stopping;
}

void XgbSettings::Real(ParameterReader& reader, const char* name,
                       double otherwise, double least, bool least_open,
                       const char* theirs) {
  const double value = ReadDouble(
      reader, name, otherwise,
      {.least = least, .greatest = kMaxFloat, .least_open = least_open});
  fixed_.emplace_back(theirs, NumberText(value));
}

std::int64_t XgbSettings::Integer(ParameterReader& reader, const char* name,
                                  std::int64_t otherwise, std::int64_t least,
                                  std::int64_t greatest) {
  const std::int64_t value =
      ReadInteger(reader, name, otherwise,
                  {.least = static_cast<double>(least),
                   .greatest = static_cast<double>(greatest)});
  fixed_.emplace_back(name, std::to_string(value));
  return value;
}

std::string XgbSettings::Choice(
    ParameterReader& reader, const char* name, std::string_view otherwise,
    std::initializer_list<std::string_view> allowed) {
  fixed_.emplace_back(name, reader.Choice(name, otherwise, allowed));
  return fixed_.back().second;
}

std::string XgbSettings::MonotoneConstraints(
    std::span<const std::string> names) const {
  if (constraints_.empty()) return "";
  std::vector<std::int64_t> signs(names.size(), 0);
  for (const Constraint& constraint : constraints_) {
    const auto place =
        std::find(names.begin(), names.end(), constraint.feature);
    if (place == names.end()) {
      const std::string nearest =
          NearestName(constraint.feature, {names.begin(), names.end()});
      throw ConfigError(
          {.where = constraint.where,
           .expected =
               "a feature that reaches the model" +
               (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"),
           .got = "'" + constraint.feature + "'"});
    }
    signs[static_cast<std::size_t>(place - names.begin())] = constraint.sign;
  }
  std::string text;
  for (const std::int64_t sign : signs) {
    text += (text.empty() ? "(" : ",") + std::to_string(sign);
  }
  return text + ")";
}

void XgbSettings::CheckTrees(std::size_t outputs) const {
  const std::size_t most = TreeEnsemble::kMaxTrees / outputs;
  if (static_cast<std::size_t>(iterations_) <= most) return;
  throw ConfigError({.where = where_ + ", n_estimators",
                     .expected = "at most " + std::to_string(most) +
                                 ", for every round grows " +
                                 std::to_string(outputs) + " trees",
                     .got = std::to_string(iterations_)});
}

std::string SettingText(float value) { return NumberText(value); }

}  // namespace tidemill
