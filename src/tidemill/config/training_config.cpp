#include "tidemill/config/training_config.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tidemill/config/overlay.h"
#include "tidemill/config/yaml_file.h"
#include "tidemill/core/config_problems.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

[[noreturn]] void Refuse(const std::string& where, std::string expected,
                         std::string got) {
  throw ConfigError(
      {.where = where, .expected = std::move(expected), .got = std::move(got)});
}

std::string ReadName(ParameterReader& reader) {
  constexpr std::size_t kMaxBytes = 200;
  const ParameterValue& value = reader.Required("name");
  std::string name = AsText(value);
  const bool good = !name.empty() && name.size() <= kMaxBytes &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                             c == '-';
                    });
  if (!good) {
    Refuse(value.where, "a name of 1 to 200 letters, digits, '.', '_' or '-'",
           Describe(value));
  }
  return name;
}

Task ReadTask(ParameterReader& reader) {
  reader.Required("task");
  const std::string task =
      reader.Choice("task", "", {"binary", "multiclass", "regression"});
  if (task == "binary") return Task::kBinary;
  return task == "multiclass" ? Task::kMulticlass : Task::kRegression;
}

std::uint64_t ReadSeed(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("seed");
  if (value == nullptr) return 0;
  const std::int64_t seed = AsInteger(*value);
  if (seed < 0) {
    Refuse(value->where, "a whole number from 0", Describe(*value));
  }
  return static_cast<std::uint64_t>(seed);
}

FieldType ReadFieldType(const ParameterValue& value) {
  const auto* text = std::get_if<std::string>(&value.value);
  const auto type = text == nullptr ? std::nullopt : ParseFieldType(*text);
  if (!type) {
    std::string known;
    for (int i = 0; i < kNumFieldTypes; ++i) {
      if (i > 0) known += ", ";
      known += ToText(static_cast<FieldType>(i));
    }
    Refuse(value.where, "one of " + known, Describe(value));
  }
  return *type;
}

Field ReadField(const std::string& name, const ParameterValue& value) {
  Field field;
  field.name = name;
  if (std::holds_alternative<std::string>(value.value)) {
    field.type = ReadFieldType(value);
    return field;
  }
  ParameterReader reader(value);
  field.type = ReadFieldType(reader.Required("type"));
  field.required = reader.Bool("required", false);
  field.unit = reader.Text("unit", "");
  reader.Finish();
  return field;
}

void ReadSchema(const ParameterValue& value, TrainingConfig& config) {
  ParameterReader reader(value);
  const std::string id = reader.Text("id", "");
  const std::string event_time = reader.Text("event_time", "");
  const ParameterValue& map = reader.Required("fields");
  reader.Finish();
  if (map.map() == nullptr) {
    Refuse(map.where, "a map from names of fields to their types",
           Describe(map));
  }
  std::vector<Field> fields;
  ConfigProblems problems;
  for (const auto& [name, field] : *map.map()) {
    problems.Try([&, &name = name, &field = field] {
      fields.push_back(ReadField(name, field));
      config.field_places.push_back(field.where);
    });
  }
  problems.Throw();
  try {
    config.schema = Schema(std::move(fields), id, event_time);
  } catch (const ArtifactError& error) {
    // The same rule, but broken by a person: another exit code, and a place.
    throw ConfigError(value.where + ": " + error.what());
  }
}

void ReadSource(ParameterReader& reader, Task task, TargetConfig& target) {
  target.column = reader.Text("column", "");
  const ParameterValue* between =
      task == Task::kRegression ? reader.Optional("minutes_between") : nullptr;
  if (between != nullptr) {
    const std::vector<std::string> columns = AsTexts(*between);
    if (columns.size() != 2) {
      Refuse(between->where, "two columns, e.g. [pickup, dropoff]",
             std::to_string(columns.size()));
    }
    target.minutes_from = columns[0];
    target.minutes_to = columns[1];
  }
  if (target.column.empty() != target.minutes_from.empty()) return;
  Refuse(target.where,
         task == Task::kRegression ? "either 'column' or 'minutes_between'"
                                   : "the key 'column'",
         target.column.empty() ? "none" : "both");
}

void ReadTwoClasses(ParameterReader& reader, TargetConfig& target) {
  target.positive = AsText(reader.Required("positive"));
  const ParameterValue* negative = reader.Optional("negative");
  if (negative == nullptr) return;
  target.negative = AsText(*negative);
  if (*target.negative == target.positive) {
    Refuse(negative->where, "another class than the positive one",
           "'" + target.positive + "' for both");
  }
}

void ReadManyClasses(ParameterReader& reader, TargetConfig& target) {
  const ParameterValue* value = reader.Optional("classes");
  if (value == nullptr) return;
  target.classes = AsTexts(*value);
  const std::size_t count = target.classes.size();
  if (count < 3 || count > kMaxClasses) {
    Refuse(value->where,
           "3 to " + std::to_string(kMaxClasses) +
               " classes (of two: task: binary)",
           std::to_string(count));
  }
  std::set<std::string_view> names;
  for (const std::string& name : target.classes) {
    if (name.find_first_not_of(" \t\r\n") == std::string::npos) {
      Refuse(value->where, "labels", "an empty one");
    }
    if (!names.insert(name).second) {
      Refuse(value->where, "each class once", "'" + name + "' twice");
    }
  }
}

std::optional<double> ReadBound(ParameterReader& reader,
                                std::string_view name) {
  const ParameterValue* value = reader.Optional(name);
  if (value == nullptr) return std::nullopt;
  return AsDouble(*value);
}

void ReadRange(ParameterReader& reader, TargetConfig& target) {
  target.unit = reader.Text("unit", target.minutes_from.empty() ? "" : "min");
  target.minimum = ReadBound(reader, "min");
  target.maximum = ReadBound(reader, "max");
  if (target.minimum && target.maximum && *target.minimum >= *target.maximum) {
    Refuse(target.where, "'min' below 'max'",
           reader.Text("min", "") + " and " + reader.Text("max", ""));
  }
}

TargetConfig ReadTarget(const ParameterValue& value, Task task,
                        const Schema& schema) {
  TargetConfig target;
  target.where = value.where;
  ParameterReader reader(value);
  ReadSource(reader, task, target);
  if (task == Task::kBinary) ReadTwoClasses(reader, target);
  if (task == Task::kMulticlass) ReadManyClasses(reader, target);
  if (task == Task::kRegression) ReadRange(reader, target);
  target.weight = reader.Text("weight", "");
  reader.Finish();
  if (!target.weight.empty() && target.weight == target.column) {
    Refuse(value.where, "a weight in another column than the target",
           "'" + target.weight + "' for both");
  }
  const std::string& truth =
      target.column.empty() ? target.minutes_to : target.column;
  if (schema.Find(truth)) {
    Refuse(value.where,
           "a target that is no field of the schema (an event does not know "
           "its outcome)",
           "'" + truth + "'");
  }
  return target;
}

SplitConfig ReadSplit(const ParameterValue* value, Task task) {
  SplitConfig split;
  split.stratify = task != Task::kRegression;
  if (value == nullptr) return split;
  ParameterReader reader(*value);
  if (const ParameterValue* size = reader.Optional("test_size")) {
    split.test_size = AsDouble(*size);
    if (!(split.test_size > 0.0 && split.test_size < 1.0)) {
      Refuse(size->where, "a share between 0 and 1", Describe(*size));
    }
  }
  if (const ParameterValue* stratify = reader.Optional("stratify")) {
    split.stratify = AsBool(*stratify);
    if (split.stratify && task == Task::kRegression) {
      Refuse(stratify->where, "false, for a regression has no classes", "true");
    }
  }
  reader.Finish();
  return split;
}

NamedParameters ReadNamed(const ParameterValue& value) {
  if (const auto* name = std::get_if<std::string>(&value.value)) {
    NamedParameters named{*name, {}};
    named.parameters.where = value.where;
    return named;
  }
  const ParameterValue::Map* map = value.map();
  if (map == nullptr) {
    Refuse(value.where, "a name, or one name with its parameters",
           Describe(value));
  }
  if (map->size() != 1) {
    std::string names;
    for (const auto& [name, parameters] : *map) {
      names += (names.empty() ? "" : ", ") + name;
    }
    Refuse(value.where, "one name with its parameters",
           map->empty() ? "an empty map"
                        : std::to_string(map->size()) + " (" + names + ")");
  }
  return {map->front().first, map->front().second};
}

std::vector<NamedParameters> ReadPipeline(const ParameterValue* value) {
  std::vector<NamedParameters> steps;
  if (value == nullptr) return steps;
  if (value->list() == nullptr) {
    Refuse(value->where, "a list of steps", Describe(*value));
  }
  ConfigProblems problems;
  for (const ParameterValue& step : *value->list()) {
    problems.Try([&] { steps.push_back(ReadNamed(step)); });
  }
  problems.Throw();
  return steps;
}

double ReadCost(ParameterReader& reader, std::string_view name) {
  const ParameterValue* value = reader.Optional(name);
  if (value == nullptr) return 1.0;
  const double cost = AsDouble(*value);
  if (!(cost > 0.0)) {
    Refuse(value->where, "a cost above 0", Describe(*value));
  }
  return cost;
}

ThresholdConfig ReadRule(const ParameterValue& value) {
  ThresholdConfig threshold;
  ParameterReader reader(value);
  reader.Required("rule");
  const std::string rule = reader.Choice("rule", "", {"f1", "youden", "cost"});
  if (rule == "f1") threshold.rule = ThresholdRule::kF1;
  if (rule == "youden") threshold.rule = ThresholdRule::kYouden;
  if (rule == "cost") {
    threshold.rule = ThresholdRule::kCost;
    threshold.false_positive = ReadCost(reader, "false_positive");
    threshold.false_negative = ReadCost(reader, "false_negative");
  }
  reader.Finish();
  return threshold;
}

ThresholdConfig ReadThreshold(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("threshold");
  if (value == nullptr) return {};
  if (value->map() != nullptr) return ReadRule(*value);
  const double threshold = AsDouble(*value);
  if (!(threshold >= 0.0 && threshold <= 1.0)) {
    Refuse(value->where, "a probability from 0 to 1", Describe(*value));
  }
  return {.value = threshold};
}

}  // namespace

TrainingConfig LoadTrainingConfig(const std::filesystem::path& path,
                                  const std::vector<std::string>& sets) {
  ParameterValue tree = ReadYamlFile(path);
  ApplySets(tree, sets);
  return ReadTrainingConfig(tree);
}

TrainingConfig ReadTrainingConfig(const ParameterValue& tree) {
  ConfigProblems problems;
  TrainingConfig config = ReadTrainingConfig(tree, problems);
  problems.Throw();
  return config;
}

TrainingConfig ReadTrainingConfig(const ParameterValue& tree,
                                  ConfigProblems& problems) {
  TrainingConfig config;
  if (!tree.is_null() && tree.map() == nullptr) {
    problems.Try([&] { ParameterReader{tree}; });
    return config;
  }
  ParameterReader reader(tree);
  problems.Try([&] { config.name = ReadName(reader); });
  const bool has_task = problems.Try([&] { config.task = ReadTask(reader); });
  problems.Try([&] { config.seed = ReadSeed(reader); });
  problems.Try([&] { ReadSchema(reader.Required("schema"), config); });
  // What the others may say depends on the task.
  problems.Try([&] {
    const ParameterValue& target = reader.Required("target");
    if (!has_task) return;
    config.target = ReadTarget(target, config.task, config.schema);
  });
  problems.Try([&] {
    const ParameterValue* split = reader.Optional("split");
    if (has_task) config.split = ReadSplit(split, config.task);
  });
  problems.Try(
      [&] { config.pipeline = ReadPipeline(reader.Optional("pipeline")); });
  problems.Try([&] {
    const ParameterValue& model = reader.Required("model");
    if (has_task) config.model = ReadNamed(model);
  });
  if (config.task == Task::kBinary || !has_task) {
    problems.Try([&] { config.threshold = ReadThreshold(reader); });
  }
  problems.Try([&] { reader.Finish(); });
  return config;
}

bool IsTrainingConfig(const ParameterValue& tree) {
  if (tree.Find("service") != nullptr) return false;
  for (const std::string_view key :
       {"name", "task", "schema", "target", "pipeline"}) {
    if (tree.Find(key) != nullptr) return true;
  }
  return false;
}

}  // namespace tidemill
