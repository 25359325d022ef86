#include <algorithm>
#include <utility>

#include "tidemill/config/canonical_text.h"
#include "tidemill/config/dotted_values.h"
#include "tidemill/config/training_config.h"
#include "tidemill/core/number_text.h"

namespace tidemill {
namespace {

ParameterValue Leaf(decltype(ParameterValue::value) value) {
  ParameterValue leaf;
  leaf.value = std::move(value);
  return leaf;
}

ParameterValue NumberLeaf(double value) {
  return Leaf(ParameterValue::Number{value, NumberText(value)});
}

/// Without parameters is written in three ways (`Name`, `Name:` and
/// `Name: {}`) that mean the same.
ParameterValue NamedTree(const NamedParameters& named) {
  ParameterValue parameters = named.parameters;
  if (parameters.is_null()) parameters.value = ParameterValue::Map{};
  return Leaf(ParameterValue::Map{{named.name, std::move(parameters)}});
}

ParameterValue SchemaTree(const Schema& schema) {
  ParameterValue::List fields;
  for (const Field& field : schema.fields()) {
    fields.push_back(Leaf(
        ParameterValue::Map{{"name", Leaf(field.name)},
                            {"type", Leaf(std::string(ToText(field.type)))},
                            {"required", Leaf(field.required)},
                            {"unit", Leaf(field.unit)}}));
  }
  const auto name = [&](std::optional<std::size_t> index) {
    return index ? Leaf(schema.field(*index).name) : ParameterValue{};
  };
  return Leaf(
      ParameterValue::Map{{"id", name(schema.id_field())},
                          {"event_time", name(schema.event_time_field())},
                          {"fields", Leaf(std::move(fields))}});
}

ParameterValue TextLeaves(const std::vector<std::string>& texts) {
  ParameterValue::List list;
  for (const std::string& text : texts) list.push_back(Leaf(text));
  return Leaf(std::move(list));
}

ParameterValue ThresholdTree(const ThresholdConfig& threshold) {
  if (threshold.rule == ThresholdRule::kGiven) {
    return NumberLeaf(threshold.value);
  }
  ParameterValue::Map map{{"rule", Leaf(std::string(ToText(threshold.rule)))}};
  if (threshold.rule == ThresholdRule::kCost) {
    map.emplace_back("false_positive", NumberLeaf(threshold.false_positive));
    map.emplace_back("false_negative", NumberLeaf(threshold.false_negative));
  }
  return Leaf(std::move(map));
}

ParameterValue TargetTree(const TargetConfig& target, Task task) {
  const auto bound = [](const std::optional<double>& value) {
    return value ? NumberLeaf(*value) : ParameterValue{};
  };
  ParameterValue::Map map;
  if (!target.column.empty()) {
    map.emplace_back("column", Leaf(target.column));
  } else {
    map.emplace_back("minutes_between",
                     Leaf(ParameterValue::List{Leaf(target.minutes_from),
                                               Leaf(target.minutes_to)}));
  }
  if (task == Task::kBinary) {
    map.emplace_back("positive", Leaf(target.positive));
    map.emplace_back("negative", target.negative ? Leaf(*target.negative)
                                                 : ParameterValue{});
  } else if (task == Task::kMulticlass) {
    map.emplace_back("classes", target.classes.empty()
                                    ? ParameterValue{}
                                    : TextLeaves(target.classes));
  } else {
    map.emplace_back("unit", Leaf(target.unit));
    map.emplace_back("min", bound(target.minimum));
    map.emplace_back("max", bound(target.maximum));
  }
  if (!target.weight.empty()) map.emplace_back("weight", Leaf(target.weight));
  return Leaf(std::move(map));
}

}  // namespace

std::string_view ToText(ThresholdRule rule) {
  switch (rule) {
    case ThresholdRule::kGiven:
      return "given";
    case ThresholdRule::kF1:
      return "f1";
    case ThresholdRule::kYouden:
      return "youden";
    case ThresholdRule::kCost:
      break;
  }
  return "cost";
}

ParameterValue ToTree(const TrainingConfig& config) {
  ParameterValue::List steps;
  for (const NamedParameters& step : config.pipeline) {
    steps.push_back(NamedTree(step));
  }
  ParameterValue::Map map{
      {"name", Leaf(config.name)},
      {"task", Leaf(std::string(ToText(config.task)))},
      {"seed", Leaf(ParameterValue::Number{static_cast<double>(config.seed),
                                           std::to_string(config.seed)})},
      {"schema", SchemaTree(config.schema)},
      {"target", TargetTree(config.target, config.task)},
      {"split", Leaf(ParameterValue::Map{
                    {"test_size", NumberLeaf(config.split.test_size)},
                    {"stratify", Leaf(config.split.stratify)}})},
      {"pipeline", Leaf(std::move(steps))},
      {"model", NamedTree(config.model)}};
  if (config.task == Task::kBinary) {
    map.emplace_back("threshold", ThresholdTree(config.threshold));
  }
  return Leaf(std::move(map));
}

std::vector<ConfigValue> ValuesOf(const TrainingConfig& config,
                                  const ParameterValue& tree) {
  std::vector<ConfigValue> values = PlacedValues(tree);
  const std::size_t written = values.size();
  for (ConfigValue& value : PlacedValues(ToTree(config))) {
    // These stand there in another form, or hold what is learned.
    const std::string section = value.key.substr(0, value.key.find('.'));
    if (section == "schema" || section == "target" || section == "pipeline" ||
        section == "model") {
      continue;
    }
    const bool is_written = std::any_of(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(written),
        [&](const ConfigValue& other) { return other.key == value.key; });
    if (!is_written) values.push_back({value.key, value.value, ""});
  }
  return values;
}

std::string CanonicalText(const TrainingConfig& config) {
  return CanonicalText(ToTree(config));
}

}  // namespace tidemill
