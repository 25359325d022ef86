#include "tidemill/training/config_schema.h"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "tidemill/core/schema.h"
#include "tidemill/core/task.h"
#include "tidemill/training/model_estimator.h"
#include "tidemill/training/parameter_schema.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

Json Described(Json schema, std::string_view description) {
  schema["description"] = description;
  return schema;
}

Json Type(std::string_view type, std::string_view description) {
  return Described({{"type", type}}, description);
}

Json FieldSchema() {
  Json types = Json::array();
  for (int i = 0; i < kNumFieldTypes; ++i) {
    types.push_back(ToText(static_cast<FieldType>(i)));
  }
  const Json type = {{"enum", std::move(types)}};
  return {{"anyOf",
           {type, ObjectSchema({{"type", type},
                                {"required",
                                 Type("boolean",
                                      "An event without it is a dead letter.")},
                                {"unit", Type("string", "For people.")}},
                               {"type"})}}};
}

Json SchemaSchema() {
  return ObjectSchema(
      {{"id", Type("string", "The field that names an event.")},
       {"event_time", Type("string", "The timestamp field that dates it.")},
       {"fields",
        Described({{"type", "object"}, {"additionalProperties", FieldSchema()}},
                  "The fields of an event and their types.")}},
      {"fields"});
}

Json TargetSchema() {
  const Json column = {{"type", "string"}};
  const Json two = {
      {"type", "array"}, {"items", column}, {"minItems", 2}, {"maxItems", 2}};
  const Json text = {{"type", {"string", "number"}}};
  return ObjectSchema(
      {{"column", Described(column, "The column of the data with the truth.")},
       {"minutes_between",
        Described(two,
                  "Regression: two columns of times; the truth is the "
                  "time between, in minutes.")},
       {"positive", Described(text,
                              "Binary: the class whose probability is "
                              "the score.")},
       {"negative", Described(text,
                              "Binary: the other class; default: the "
                              "one in the data.")},
       {"classes",
        Described({{"type", "array"}, {"items", text}, {"uniqueItems", true}},
                  "Multiclass: the labels in the order of their "
                  "probabilities; default: those of the data, sorted.")},
       {"weight", Described(column,
                            "A number column: what a row counts for in "
                            "learning.")},
       {"unit", Type("string", "Regression: for people.")},
       {"min", Type("number", "Regression: rows below are left out.")},
       {"max", Type("number", "Regression: rows above are left out.")}});
}

Json SplitSchema() {
  return ObjectSchema(
      {{"test_size", Described({{"type", "number"},
                                {"exclusiveMinimum", 0},
                                {"exclusiveMaximum", 1}},
                               "Share of the rows that is held out. Default: "
                               "0.2.")},
       {"stratify", Type("boolean",
                         "The same share of each class on both "
                         "sides. Default: unless a regression.")}});
}

Json ThresholdSchema() {
  const Json share = {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  const Json cost = {{"type", "number"}, {"minimum", 0}};
  return {{"anyOf",
           {share,
            ObjectSchema(
                {{"rule", Described({{"enum", {"f1", "youden", "cost"}}},
                                    "What is best on the rows held out.")},
                 {"false_positive", Described(cost, "cost: of a wrong alarm.")},
                 {"false_negative", Described(cost, "cost: of a miss.")}},
                {"rule"})}}};
}

Json Tasks() {
  Json tasks = Json::array();
  for (const Task task : ModelTasks()) tasks.push_back(ToText(task));
  return {{"enum", std::move(tasks)}};
}

}  // namespace

std::string TrainingConfigSchema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Tidemill: config of a training"}};
  const Json name = {{"type", "string"},
                     {"minLength", 1},
                     {"maxLength", 200},
                     {"pattern", "^[a-zA-Z0-9._-]+$"}};
  const Json seed = {{"type", "integer"}, {"minimum", 0}};
  schema.update(ObjectSchema(
      {{"name", Described(name, "The model's name.")},
       {"task", Described(Tasks(), "What the model is to learn.")},
       {"seed", Described(seed, "Of all that draws lots. Default: 0.")},
       {"schema", Described(SchemaSchema(), "What an event holds.")},
       {"target", Described(TargetSchema(), "Where the truth stands.")},
       {"split", Described(SplitSchema(), "What is held out for the figures.")},
       {"pipeline",
        Described({{"type", "array"}, {"items", {{"$ref", "#/$defs/step"}}}},
                  "Steps in order, each a name, or a name with parameters.")},
       {"model", Described({{"$ref", "#/$defs/model"}},
                           "One model, a name, or a name with parameters.")},
       {"threshold", Described(ThresholdSchema(),
                               "Binary: a score at or above it is the positive "
                               "class. Default: 0.5.")}},
      {"name", "task", "schema", "target", "model"}));
  schema["$defs"] = ParameterDefinitions();
  return schema.dump(2) + "\n";
}

}  // namespace tidemill
