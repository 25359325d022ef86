#include "tidemill/config/training_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tidemill/config/canonical_text.h"
#include "tidemill/config/overlay.h"
#include "tidemill/config/yaml_file.h"
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
  return reader.Choice("task", "", {"binary", "regression"}) == "binary"
             ? Task::kBinary
             : Task::kRegression;
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
  for (const auto& [name, field] : *map.map()) {
    fields.push_back(ReadField(name, field));
    config.field_places.push_back(field.where);
  }
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

void ReadClasses(ParameterReader& reader, TargetConfig& target) {
  target.positive = AsText(reader.Required("positive"));
  const ParameterValue* negative = reader.Optional("negative");
  if (negative == nullptr) return;
  target.negative = AsText(*negative);
  if (*target.negative == target.positive) {
    Refuse(negative->where, "another class than the positive one",
           "'" + target.positive + "' for both");
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
  if (task == Task::kBinary) {
    ReadClasses(reader, target);
  } else {
    ReadRange(reader, target);
  }
  reader.Finish();
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
  split.stratify = task == Task::kBinary;
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
  for (const ParameterValue& step : *value->list()) {
    steps.push_back(ReadNamed(step));
  }
  return steps;
}

double ReadThreshold(ParameterReader& reader) {
  const ParameterValue* value = reader.Optional("threshold");
  if (value == nullptr) return 0.5;
  const double threshold = AsDouble(*value);
  if (!(threshold >= 0.0 && threshold <= 1.0)) {
    Refuse(value->where, "a probability from 0 to 1", Describe(*value));
  }
  return threshold;
}

ParameterValue Leaf(decltype(ParameterValue::value) value) {
  ParameterValue leaf;
  leaf.value = std::move(value);
  return leaf;
}

ParameterValue NumberLeaf(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return Leaf(ParameterValue::Number{value, {buffer.data(), end}});
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
  } else {
    map.emplace_back("unit", Leaf(target.unit));
    map.emplace_back("min", bound(target.minimum));
    map.emplace_back("max", bound(target.maximum));
  }
  return Leaf(std::move(map));
}

}  // namespace

TrainingConfig LoadTrainingConfig(const std::filesystem::path& path,
                                  const std::vector<std::string>& sets) {
  ParameterValue tree = ReadYamlFile(path);
  ApplySets(tree, sets);
  return ReadTrainingConfig(tree);
}

TrainingConfig ReadTrainingConfig(const ParameterValue& tree) {
  ParameterReader reader(tree);
  TrainingConfig config;
  config.name = ReadName(reader);
  config.task = ReadTask(reader);
  config.seed = ReadSeed(reader);
  const ParameterValue& schema = reader.Required("schema");
  const ParameterValue& target = reader.Required("target");
  const ParameterValue* split = reader.Optional("split");
  const ParameterValue* pipeline = reader.Optional("pipeline");
  const ParameterValue& model = reader.Required("model");
  if (config.task == Task::kBinary) config.threshold = ReadThreshold(reader);
  reader.Finish();

  ReadSchema(schema, config);
  config.target = ReadTarget(target, config.task, config.schema);
  config.split = ReadSplit(split, config.task);
  config.pipeline = ReadPipeline(pipeline);
  config.model = ReadNamed(model);
  return config;
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
    map.emplace_back("threshold", NumberLeaf(config.threshold));
  }
  return Leaf(std::move(map));
}

std::string CanonicalText(const TrainingConfig& config) {
  return CanonicalText(ToTree(config));
}

}  // namespace tidemill
