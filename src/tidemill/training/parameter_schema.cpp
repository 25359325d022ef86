#include "tidemill/training/parameter_schema.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/core/errors.h"
#include "tidemill/core/parameters.h"
#include "tidemill/features/step.h"
#include "tidemill/training/model_estimator.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

ParameterValue ToValue(const Json& json) {
  ParameterValue value;
  if (json.is_string()) value.value = json.get<std::string>();
  if (json.is_number()) {
    value.value = ParameterValue::Number{json.get<double>(), json.dump()};
  }
  if (json.is_array()) {
    ParameterValue::List list;
    for (const Json& item : json) list.push_back(ToValue(item));
    value.value = std::move(list);
  }
  if (json.is_object()) {
    ParameterValue::Map map;
    for (const auto& [key, item] : json.items()) {
      map.emplace_back(key, ToValue(item));
    }
    value.value = std::move(map);
  }
  return value;
}

/// Parameters that a step reads through, of the steps that require some.
Json LeastParameters(std::string_view step) {
  static const std::map<std::string_view, std::string_view> kLeast = {
      {"ColumnTransformer", R"({"transformers": []})"},
      {"DatetimeSubtraction", R"({"variables": ["a"], "reference": ["b"]})"},
      {"DropColumns", R"({"columns": ["a"]})"},
      {"FeatureHasher", R"({"n_features": 1})"},
      {"FeatureUnion", R"({"transformer_list": []})"},
      {"FunctionTransformer", R"({"func": "exp"})"},
      {"MathFeatures", R"({"variables": ["a", "b"], "func": ["sum"]})"},
      {"PiecewiseConstant", R"({"edges": [0], "values": [0, 1]})"},
      {"Pipeline", R"({"steps": []})"},
      {"RelativeFeatures",
       R"({"variables": ["a"], "reference": ["b"], "func": ["sub"]})"},
      {"SelectColumns", R"({"columns": ["a"]})"},
      {"SelectFromModel", R"({"estimator": "Ridge"})"}};
  const auto found = kLeast.find(step);
  return Json::parse(found == kLeast.end() ? "{}" : found->second);
}

/// Lets the step or model read, and listens.
template <typename Factory>
std::vector<AskedParameter> ParametersOf(const Factory& factory) {
  AskedParameters asked;
  ParameterValue parameters = ToValue(LeastParameters(factory.name));
  parameters.asked = &asked;
  try {
    factory.configure(parameters);
  } catch (const ConfigError&) {
    // Of what stands between parameters, when all of them have been read.
    if (!asked.complete) throw;
  }
  if (!asked.complete) {
    throw std::logic_error(std::string(factory.name) +
                           " does not finish its reader");
  }
  return std::move(asked.all);
}

Json Steps() {
  return {{"type", {"array", "null"}}, {"items", {{"$ref", "#/$defs/step"}}}};
}

Json Texts() {
  return {{"type", {"array", "string", "number", "null"}},
          {"items", {{"type", {"string", "number"}}}}};
}

Json Branches(Json properties, const std::vector<std::string>& required) {
  properties["name"] = {{"type", {"string", "number", "null"}}};
  properties["steps"] = Steps();
  return {{"type", "array"}, {"items", ObjectSchema(properties, required)}};
}

/// Of parameters with steps or models within; null of all others.
Json NestedForm(std::string_view owner, std::string_view parameter) {
  if (owner == "ColumnTransformer" && parameter == "transformers") {
    const Json kinds = ObjectSchema(
        {{"dtype_include", Texts()}, {"dtype_exclude", Texts()}}, {});
    return Branches({{"columns", {{"anyOf", {Texts(), kinds}}}}}, {"columns"});
  }
  if (owner == "ColumnTransformer" && parameter == "remainder") {
    return {{"anyOf", {{{"enum", {"drop", "passthrough"}}}, Steps()}}};
  }
  if (owner == "FeatureUnion" && parameter == "transformer_list") {
    return Branches(Json::object(), {"name", "steps"});
  }
  if (owner == "Pipeline" && parameter == "steps") return Steps();
  if (owner == "SelectFromModel" && parameter == "estimator") {
    return {{"$ref", "#/$defs/model"}};
  }
  return nullptr;
}

Json TypeSchema(const AskedParameter& asked) {
  using Type = AskedParameter::Type;
  switch (asked.type) {
    case Type::kAny:
      return Json::object();
    case Type::kNumber:
      return {{"type", {"number", "null"}}};
    case Type::kInteger:
      return {{"type", {"integer", "null"}}};
    case Type::kBoolean:
      return {{"type", {"boolean", "null"}}};
    case Type::kText:
      return {{"type", {"string", "number", "null"}}};
    case Type::kTexts:
      return Texts();
    case Type::kChoice:
      break;
  }
  Json choices = asked.choices;
  choices.push_back(nullptr);
  return {{"enum", std::move(choices)}};
}

/// Null where there is none.
Json DefaultOf(const AskedParameter& asked) {
  const auto& value = asked.otherwise.value;
  if (const bool* b = std::get_if<bool>(&value)) return *b;
  if (const auto* text = std::get_if<std::string>(&value)) {
    return text->empty() ? Json(nullptr) : Json(*text);
  }
  const auto* number = std::get_if<ParameterValue::Number>(&value);
  if (number == nullptr) return nullptr;
  if (asked.type == AskedParameter::Type::kInteger) {
    return static_cast<std::int64_t>(number->value);
  }
  return number->value;
}

Json ParameterSchema(std::string_view owner, const AskedParameter& asked) {
  Json schema = NestedForm(owner, asked.name);
  if (schema.is_null()) schema = TypeSchema(asked);
  const Json otherwise = DefaultOf(asked);
  if (!otherwise.is_null()) schema["default"] = otherwise;
  return schema;
}

Json ParametersSchema(std::string_view owner,
                      const std::vector<AskedParameter>& parameters) {
  Json properties = Json::object();
  std::vector<std::string> required;
  for (const AskedParameter& asked : parameters) {
    properties[asked.name] = ParameterSchema(owner, asked);
    if (asked.required) required.push_back(asked.name);
  }
  Json schema = ObjectSchema(std::move(properties), required);
  if (required.empty()) schema["type"] = {"object", "null"};
  return schema;
}

/// `Name`, where no parameter is required, or `{Name: {parameters}}`.
Json OneNamed(const Json& parameters_by_name) {
  std::vector<std::string> bare;
  for (const auto& [name, parameters] : parameters_by_name.items()) {
    if (!parameters.contains("required")) bare.push_back(name);
  }
  Json map = ObjectSchema(parameters_by_name, {});
  map["minProperties"] = 1;
  map["maxProperties"] = 1;
  return {{"anyOf", {{{"enum", bare}}, std::move(map)}}};
}

/// A model may have other parameters, or choices, for another task.
void Merge(AskedParameter asked, std::vector<AskedParameter>& all) {
  const auto same = std::find_if(
      all.begin(), all.end(),
      [&](const AskedParameter& one) { return one.name == asked.name; });
  if (same == all.end()) return all.push_back(std::move(asked));
  for (std::string& choice : asked.choices) {
    if (std::find(same->choices.begin(), same->choices.end(), choice) ==
        same->choices.end()) {
      same->choices.push_back(std::move(choice));
    }
  }
}

Json StepDefinition() {
  Json steps = Json::object();
  for (const std::string& name : StepNames()) {
    steps[name] = ParametersSchema(name, ParametersOf(*FindStep(name)));
  }
  return OneNamed(steps);
}

Json ModelDefinition() {
  Json models = Json::object();
  for (const std::string& name : ModelNames()) {
    std::vector<AskedParameter> parameters;
    for (const ModelFactory* factory : ModelsCalled(name)) {
      for (AskedParameter& asked : ParametersOf(*factory)) {
        Merge(std::move(asked), parameters);
      }
    }
    models[name] = ParametersSchema(name, parameters);
  }
  return OneNamed(models);
}

}  // namespace

Json ObjectSchema(Json properties, const std::vector<std::string>& required) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = std::move(properties);
  return schema;
}

Json ParameterDefinitions() {
  return {{"step", StepDefinition()}, {"model", ModelDefinition()}};
}

}  // namespace tidemill
