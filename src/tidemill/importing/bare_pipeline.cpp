#include "tidemill/importing/bare_pipeline.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"
#include "tidemill/core/number_text.h"
#include "tidemill/importing/json_reader.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

bool AreTexts(const CategoryValues& values) {
  return !values.empty() && std::holds_alternative<std::string>(values[0]);
}

double NumberOf(const CategoryValue& value) {
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? 1.0 : 0.0;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  return std::get<double>(value);
}

/// The texts under which the codes of one feature's categories are known.
std::vector<std::string> TextsOf(const CategoryValues& values) {
  std::vector<std::string> texts;
  for (const CategoryValue& value : values) {
    const auto* text = std::get_if<std::string>(&value);
    texts.push_back(text != nullptr ? *text : NumberText(NumberOf(value)));
  }
  return texts;
}

FieldType TypeOf(const ImportedFeature& feature) {
  if (feature.is_category && AreTexts(feature.categories)) {
    return FieldType::kCategory;
  }
  if (feature.is_category && feature.categories.empty()) {
    return FieldType::kInteger;
  }
  const bool truths = !feature.categories.empty() &&
                      std::holds_alternative<bool>(feature.categories.front());
  return truths || feature.type == "i" ? FieldType::kBoolean
                                       : FieldType::kNumber;
}

Field FieldOf(const ImportedFeature& feature, std::size_t number) {
  Field field;
  field.name =
      feature.name.empty() ? "f" + std::to_string(number) : feature.name;
  field.type = TypeOf(feature);
  if (field.type == FieldType::kCategory) {
    field.categories = Dictionary(TextsOf(feature.categories));
  }
  return field;
}

/// A column of numbers as categories: the step's state.
Json NumbersAsCategories(const std::string& name,
                         const CategoryValues& values) {
  std::vector<std::pair<double, std::string>> known;
  for (const CategoryValue& value : values) {
    const double number = NumberOf(value);
    known.emplace_back(number, NumberText(number));
  }
  std::sort(known.begin(), known.end());
  Json table = {{"numbers", Json::array()}, {"categories", Json::array()}};
  for (const auto& [number, text] : known) {
    table["numbers"].push_back(number);
    table["categories"].push_back(text);
  }
  return {{"step", "NumbersAsCategories"},
          {"columns", {name}},
          {"variables", {0}},
          {"tables", {table}}};
}

/// A category column as its codes; unknown and missing ones are missing.
Json CodesOf(const std::string& name, const CategoryValues& values) {
  const Json column = {{"column", name},
                       {"frequent", TextsOf(values)},
                       {"rare", Json::array()},
                       {"missing", "unknown"},
                       {"given", true}};
  return {{"step", "OrdinalEncoder"},
          {"unknown_value", nullptr},
          {"encoded_missing_value", nullptr},
          {"columns", {column}}};
}

/// The steps as an export file has them: one branch per feature, in order.
Json StepsOf(const ImportedModel& model, const std::vector<Field>& fields) {
  Json branches = Json::array();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const CategoryValues& values = model.features[i].categories;
    Json steps = Json::array();
    if (model.features[i].is_category && !values.empty()) {
      if (!AreTexts(values)) {
        steps.push_back(NumbersAsCategories(fields[i].name, values));
      }
      steps.push_back(CodesOf(fields[i].name, values));
    }
    branches.push_back({{"name", "f" + std::to_string(i)},
                        {"columns", {fields[i].name}},
                        {"steps", std::move(steps)}});
  }
  return {{"steps",
           {{{"step", "ColumnTransformer"},
             {"prefix", false},
             {"branches", std::move(branches)}}}}};
}

Pipeline LoadPipeline(const Json& steps, const std::string& where) {
  const std::string text = steps.dump();
  const JsonDocument document(text, where);
  JsonReader in(document);
  return Pipeline::Load(in);
}

Field NamedField(const std::string& name, FieldType type) {
  Field field;
  field.name = name;
  field.type = type;
  return field;
}

}  // namespace

BarePipeline MakeBarePipeline(const ImportedModel& model,
                              const std::string& id_field,
                              const std::string& time_field,
                              const std::string& where) try {
  std::vector<Field> features;
  for (std::size_t i = 0; i < model.features.size(); ++i) {
    features.push_back(FieldOf(model.features[i], i));
  }
  std::vector<Field> fields;
  if (!id_field.empty()) {
    fields.push_back(NamedField(id_field, FieldType::kText));
  }
  if (!time_field.empty()) {
    fields.push_back(NamedField(time_field, FieldType::kTimestamp));
  }
  fields.insert(fields.end(), features.begin(), features.end());
  BarePipeline made;
  made.pipeline = LoadPipeline(StepsOf(model, features), where);
  made.schema = Schema(std::move(fields), id_field, time_field);
  return made;
} catch (const nlohmann::json::type_error&) {
  throw ArtifactError({.where = where,
                       .expected = "names of features in UTF-8",
                       .got = "other bytes"});
}

}  // namespace tidemill
